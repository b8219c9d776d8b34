package dev.ballast.objects;

import java.time.InstantSource;

class MemoryStoreTest extends StoreContract {
  @Override
  protected ObjectStore open() {
    return new MemoryStore(SCHEME, TASKS, InstantSource.system());
  }
}
