package dev.ballast.bootstrap.join;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Base64;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SignatureTest {
  private static final String TEXT = "apiVersion: v1\n";
  private static final String ID = "abcdef";
  private static final String SECRET = "0123456789abcdef";

  private static String jws(String header, String text, String secret) throws Exception {
    var url = Base64.getUrlEncoder().withoutPadding();
    String first = url.encodeToString(header.getBytes(StandardCharsets.UTF_8));
    var mac = Mac.getInstance("HmacSHA256");
    mac.init(new SecretKeySpec(secret.getBytes(StandardCharsets.UTF_8), "HmacSHA256"));
    byte[] signed =
        mac.doFinal(
            (first + "." + url.encodeToString(text.getBytes(StandardCharsets.UTF_8)))
                .getBytes(StandardCharsets.UTF_8));
    return first + ".." + url.encodeToString(signed);
  }

  private static final String HEADER = "{\"alg\":\"HS256\",\"kid\":\"abcdef\"}";

  @Test
  void the_right_secret_verifies() throws Exception {
    assertThat(Signature.verifies(jws(HEADER, TEXT, SECRET), TEXT, ID, SECRET)).isTrue();
  }

  @Test
  void everything_else_does_not() throws Exception {
    String right = jws(HEADER, TEXT, SECRET);

    assertThat(Signature.verifies(right, TEXT + " ", ID, SECRET)).isFalse();
    assertThat(Signature.verifies(right, TEXT, ID, "0123456789abcdeX")).isFalse();
    assertThat(Signature.verifies(right, TEXT, "other1", SECRET)).isFalse();
    assertThat(
            Signature.verifies(
                jws("{\"alg\":\"none\",\"kid\":\"abcdef\"}", TEXT, SECRET), TEXT, ID, SECRET))
        .isFalse();
    assertThat(Signature.verifies(right.replace("..", ".x."), TEXT, ID, SECRET)).isFalse();
    assertThat(Signature.verifies("", TEXT, ID, SECRET)).isFalse();
    assertThat(Signature.verifies("a..%%%", TEXT, ID, SECRET)).isFalse();
  }
}
