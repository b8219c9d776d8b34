/** Tasks locked to OS threads, suspension of live tasks. */
module dev.ballast.concurrency {
  // For compilers that check nulls. Not transitive: then those who use this would need it too.
  requires static org.jspecify;
  requires dev.ballast.queues;

  exports dev.ballast.concurrency;
}
