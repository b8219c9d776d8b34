package dev.ballast.oci.client;

/** How somebody says to a registry who it is. */
public sealed interface Credentials {
  /** Nobody in particular. */
  record Anonymous() implements Credentials {}

  /** A name and a password. */
  record Basic(String user, String password) implements Credentials {
    @Override
    public String toString() {
      return "Basic[user=" + user + "]";
    }
  }

  /** A refresh token, for the registry's token service. */
  record IdentityToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "IdentityToken[]";
    }
  }

  /** An access token, sent as it is. */
  record RegistryToken(String token) implements Credentials {
    @Override
    public String toString() {
      return "RegistryToken[]";
    }
  }

  /** Finds the credentials for a registry. */
  interface Source {
    /** Everybody is nobody. */
    Source NONE = _ -> new Anonymous();

    Credentials find(String registry) throws java.io.IOException;
  }
}
