package dev.ballast.certificates.agent;

/**
 * Something that the agent did or could not do, as an Event of Kubernetes tells it.
 *
 * @param reason one word, for machines
 * @param message a sentence, for people
 */
public record AgentEvent(Type type, Reason reason, String message) {
  /** The two types of Kubernetes. */
  public enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    final String word;

    Type(String word) {
      this.word = word;
    }
  }

  /** What can happen. */
  public enum Reason {
    /** A change that a killed run had begun was finished or taken back. */
    CERTIFICATE_CHANGE_SETTLED("CertificateChangeSettled"),
    /** It is due, and not for the agent to decide. */
    CERTIFICATE_LEFT_TO_PERSON("CertificateLeftToPerson"),
    CERTIFICATES_RENEWED("CertificatesRenewed"),
    /** Something was not well with the new files, so the old ones stand again. */
    CERTIFICATES_ROLLED_BACK("CertificatesRolledBack"),
    /** Something is not well, and the old files would not have made it better. */
    CERTIFICATES_NOT_WELL("CertificatesNotWell"),
    /** The node could not be looked at. */
    CERTIFICATES_LOOK_FAILED("CertificatesLookFailed");

    final String word;

    Reason(String word) {
      this.word = word;
    }
  }

  static AgentEvent normal(Reason reason, String message) {
    return new AgentEvent(Type.NORMAL, reason, message);
  }

  static AgentEvent warning(Reason reason, String message) {
    return new AgentEvent(Type.WARNING, reason, message);
  }
}
