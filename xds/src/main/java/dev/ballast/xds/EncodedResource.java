package dev.ballast.xds;

import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.Message;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * One resource, encoded once and shared by all streams that send it. Immutable; the form that only
 * the delta variant sends is made at its first use.
 */
public final class EncodedResource {
  private static final int RESOURCES = 2; // The same field in both kinds of response.

  private final ResourceType type;
  private final String name;
  private final byte[] value;
  private final String version;
  private volatile byte @Nullable [] stateOfTheWorld;
  private volatile byte @Nullable [] delta;

  private EncodedResource(ResourceType type, String name, byte[] value) {
    this.type = type;
    this.name = name;
    this.value = value;
    CRC32C sum = new CRC32C();
    sum.update(value);
    this.version =
        HexFormat.of().toHexDigits((sum.getValue() << 32) | (Arrays.hashCode(value) & 0xffffffffL));
  }

  /** Encodes a message. */
  public static EncodedResource of(ResourceType type, String name, Message message) {
    return new EncodedResource(type, name, message.toByteArray());
  }

  /** Takes a message that is encoded already. */
  public static EncodedResource of(ResourceType type, String name, ByteString message) {
    return new EncodedResource(type, name, message.toByteArray());
  }

  public ResourceType type() {
    return type;
  }

  public String name() {
    return name;
  }

  /** Returns a text that changes with the content. */
  public String version() {
    return version;
  }

  /** Returns the encoded message. */
  public ByteString value() {
    return ByteString.copyFrom(value);
  }

  /** Returns the size of the encoded message in bytes. */
  public int size() {
    return value.length;
  }

  /** Whether another resource has the same content. */
  public boolean sameContent(@Nullable EncodedResource other) {
    return other == this
        || (other != null && other.version.equals(version) && Arrays.equals(other.value, value));
  }

  /** Returns the field of a DiscoveryResponse that holds this resource. */
  byte[] stateOfTheWorldField() {
    byte[] field = stateOfTheWorld;
    if (field == null) {
      field = field(any());
      stateOfTheWorld = field;
    }
    return field;
  }

  /** Returns the field of a DeltaDiscoveryResponse that holds this resource. */
  byte[] deltaField() {
    byte[] field = delta;
    if (field == null) {
      byte[] any = any();
      field =
          field(
              encode(out -> {
                out.writeString(1, version);
                out.writeByteArray(2, any);
                out.writeString(3, name);
              }));
      delta = field;
    }
    return field;
  }

  private byte[] any() {
    return encode(out -> {
      out.writeString(1, type.url());
      out.writeByteArray(2, value);
    });
  }

  private static byte[] field(byte[] message) {
    return encode(out -> out.writeByteArray(RESOURCES, message));
  }

  interface Body {
    void write(CodedOutputStream out) throws IOException;
  }

  static byte[] encode(Body body) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      body.write(out);
      out.flush();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // Memory does not fail.
    }
    return bytes.toByteArray();
  }

  @Override
  public String toString() {
    return type + " " + name + "@" + version;
  }
}
