package dev.ballast.objects;

import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;

class DirectoryStoreContractTest extends StoreContract {
  @TempDir private Path directory;

  @Override
  protected ObjectStore open() throws Exception {
    return DirectoryStore.open(directory, SCHEME, TASKS, Duration.ofSeconds(5));
  }
}
