/** Ballast's queues for code that is typed to JCTools. */
module dev.ballast.queues.jctools {
  requires static org.jspecify;
  requires transitive dev.ballast.queues;
  requires transitive org.jctools.core;

  exports dev.ballast.queues.jctools;
}
