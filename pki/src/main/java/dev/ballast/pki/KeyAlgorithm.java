package dev.ballast.pki;

import java.security.GeneralSecurityException;
import java.security.Key;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.SecureRandom;
import java.security.interfaces.ECKey;
import java.security.interfaces.RSAKey;
import java.security.spec.ECGenParameterSpec;
import java.util.Arrays;
import java.util.Optional;
import java.util.stream.Collectors;

/** The key algorithms of kubeadm's {@code encryptionAlgorithm}. */
public enum KeyAlgorithm {
  RSA_2048("RSA-2048", 2048),
  RSA_3072("RSA-3072", 3072),
  RSA_4096("RSA-4096", 4096),
  ECDSA_P256("ECDSA-P256", 256),
  ECDSA_P384("ECDSA-P384", 384);

  private final String label;
  private final int bits;

  KeyAlgorithm(String label, int bits) {
    this.label = label;
    this.bits = bits;
  }

  /** The name that the configuration uses, such as {@code RSA-2048}. */
  public String label() {
    return label;
  }

  public boolean isRsa() {
    return this == RSA_2048 || this == RSA_3072 || this == RSA_4096;
  }

  public static Optional<KeyAlgorithm> named(String label) {
    return Arrays.stream(values()).filter(a -> a.label.equals(label)).findFirst();
  }

  /** All labels, for messages. */
  public static String labels() {
    return Arrays.stream(values()).map(KeyAlgorithm::label).collect(Collectors.joining(", "));
  }

  /** The algorithm of a key, where it is one of these. */
  public static Optional<KeyAlgorithm> of(Key key) {
    int size =
        switch (key) {
          case RSAKey rsa -> rsa.getModulus().bitLength();
          case ECKey ec -> ec.getParams().getOrder().bitLength();
          default -> 0;
        };
    boolean rsa = key instanceof RSAKey;
    return Arrays.stream(values()).filter(a -> a.bits == size && a.isRsa() == rsa).findFirst();
  }

  public KeyPair generate(SecureRandom random) {
    try {
      if (isRsa()) {
        var generator = KeyPairGenerator.getInstance("RSA");
        generator.initialize(bits, random);
        return generator.generateKeyPair();
      }
      var generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp" + bits + "r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK makes " + label + " keys", e);
    }
  }
}
