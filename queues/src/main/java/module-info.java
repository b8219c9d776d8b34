/** Lock-free queues between threads. */
module dev.ballast.queues {
  // For compilers that check nulls. Not transitive: then those who use this would need it too.
  requires static org.jspecify;

  exports dev.ballast.queues;
}
