/** Tasks wired to OS threads, suspension of live tasks, lock-free queues. */
module dev.ballast.concurrency {
  // For compilers that check nulls. Not transitive: then those who use this would need it too.
  requires static org.jspecify;

  exports dev.ballast.concurrency;
  exports dev.ballast.concurrency.queue;
}
