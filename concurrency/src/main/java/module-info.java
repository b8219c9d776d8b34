/** Tasks locked to OS threads, suspension of live tasks. */
module dev.ballast.concurrency {
  // For compilers that check nulls. Not transitive: then those who use this would need it too.
  requires static org.jspecify;
  requires dev.ballast.queues;
  // What threads that are no tasks wait for.
  requires java.management;

  exports dev.ballast.concurrency;
}
