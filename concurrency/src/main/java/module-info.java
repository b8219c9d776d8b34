/** Tasks wired to OS threads, suspension of live tasks, lock-free queues. */
module dev.ballast.concurrency {
  requires static org.jspecify;

  exports dev.ballast.concurrency;
  exports dev.ballast.concurrency.queue;
}
