package dev.ballast.oci.client;

import dev.ballast.oci.Descriptor;
import dev.ballast.oci.Digest;
import dev.ballast.oci.Platform;
import java.io.IOException;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;

/** Copies an image: blobs side by side, then manifests, what is named last. */
public final class ImageCopy {
  private static final int DEEPEST = 8;
  private static final int MOST_MANIFESTS = 10_000;

  private final ImageSource from;
  private final ImageDestination to;
  private final Options options;
  private final Parallel parallel;
  private final Consumer<String> progress;
  private final Set<Digest> blobs = ConcurrentHashMap.newKeySet();
  private final Set<Digest> manifests = new HashSet<>();

  /**
   * What is copied.
   *
   * @param all every image of an index; otherwise the one for the platform
   * @param referrers what is about the images too: signatures, bills of materials
   */
  public record Options(boolean all, boolean referrers, Platform platform) {}

  private ImageCopy(
      ImageSource from,
      ImageDestination to,
      Options options,
      Parallel parallel,
      Consumer<String> progress) {
    this.from = from;
    this.to = to;
    this.options = options;
    this.parallel = parallel;
    this.progress = progress;
  }

  /**
   * Copies, and returns what the name stands for at the destination.
   *
   * @param progress is told of each thing that was copied, by any thread
   */
  public static Descriptor run(
      RegistryClient client,
      ImageSource from,
      ImageDestination to,
      Options options,
      Consumer<String> progress)
      throws IOException {
    ImageCopy copy =
        new ImageCopy(
            from, to, options, new Parallel(client.tasks(), client.options().parallel()), progress);
    return copy.copyRoot();
  }

  private Descriptor copyRoot() throws IOException {
    FetchedManifest root = from.root();
    if (root.manifest().isIndex() && !options.all()) {
      root = from.manifest(choose(root, options.platform()).digest());
      if (root.manifest().isIndex()) {
        root = from.manifest(choose(root, options.platform()).digest());
      }
    }
    copyBelow(root, 0);
    to.putRoot(root);
    progress.accept("manifest " + root.descriptor().digest());
    copyReferrers(root);
    return root.descriptor();
  }

  /** Returns the image of an index that is for a platform. */
  public static Descriptor choose(FetchedManifest index, Platform platform) throws IOException {
    List<Descriptor> manifests = index.manifest().manifests();
    Optional<Descriptor> exact =
        manifests.stream().filter(each -> each.platform().equals(platform)).findFirst();
    return exact
        .or(() -> manifests.stream().filter(each -> platform.accepts(each.platform())).findFirst())
        .orElseThrow(() ->
            new RegistryException(
                "the index has no image for "
                    + platform
                    + "; it has "
                    + manifests.stream().map(each -> each.platform().toString()).toList()));
  }

  /** Copies what a manifest names. */
  private void copyBelow(FetchedManifest manifest, int depth) throws IOException {
    if (depth > DEEPEST || manifests.size() > MOST_MANIFESTS) {
      throw new RegistryException("the index nests deeper, or has more, than any image needs");
    }
    for (Descriptor each : manifest.manifest().manifests()) {
      if (manifests.add(each.digest())) {
        copyWhole(from.manifest(each.digest()), depth + 1);
      }
    }
    List<Descriptor> missing =
        manifest.manifest().blobs().stream().filter(blob -> blobs.add(blob.digest())).toList();
    parallel.forEach(missing, this::copyBlob);
  }

  private void copyWhole(FetchedManifest manifest, int depth) throws IOException {
    copyBelow(manifest, depth);
    to.put(manifest);
    progress.accept("manifest " + manifest.descriptor().digest());
    copyReferrers(manifest);
  }

  private void copyBlob(Descriptor blob) throws IOException {
    if (to.has(blob)) {
      progress.accept("blob " + blob.digest() + " is there already");
      return;
    }
    to.put(blob, from);
    progress.accept("blob " + blob.digest());
  }

  private void copyReferrers(FetchedManifest manifest) throws IOException {
    if (!options.referrers()) {
      return;
    }
    for (Descriptor each : from.referrers(manifest.descriptor().digest())) {
      if (manifests.add(each.digest())) {
        copyWhole(from.manifest(each.digest()), 0);
      }
    }
  }
}
