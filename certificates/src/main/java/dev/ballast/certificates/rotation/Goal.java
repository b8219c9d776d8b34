package dev.ballast.certificates.rotation;

/** A stage to be reached, so that a repeat of a command does not go a stage too far. */
public enum Goal {
  TRUST_BOTH,
  REISSUE,
  DROP_OLD;

  /** Whether a node has come this far. */
  public boolean isReachedBy(Stage stage) {
    return switch (stage) {
      // One authority is how a rotation begins and how it ends.
      case Stage.NotBegun _ -> this == DROP_OLD;
      case Stage.TrustsBoth both -> this == TRUST_BOTH && both.trustingOne().isEmpty();
      case Stage.Reissued reissued ->
          this == TRUST_BOTH || (this == REISSUE && reissued.signedByOld().isEmpty());
      case Stage.Unclear _ -> false;
    };
  }

  /** Whether the next step from this stage leads towards the goal and not past another one. */
  public boolean isNextAfter(Stage stage) {
    return switch (stage) {
      case Stage.NotBegun _ -> this == TRUST_BOTH;
      case Stage.TrustsBoth both ->
          both.trustingOne().isEmpty() ? this == REISSUE : this == TRUST_BOTH;
      case Stage.Reissued reissued ->
          reissued.signedByOld().isEmpty() ? this == DROP_OLD : this == REISSUE;
      case Stage.Unclear _ -> false;
    };
  }
}
