package dev.ballast.objects.api;

import dev.ballast.objects.ObjectStore;
import dev.ballast.objects.StoreContract;
import dev.ballast.testkit.ApiServer;
import java.time.InstantSource;

class ApiStoreIT extends StoreContract {
  @Override
  protected ObjectStore open() throws Exception {
    return ApiStore.open(ApiServer.shared().kubeconfig(), SCHEME, TASKS, InstantSource.system());
  }

  @Override
  protected boolean collectsGarbage() {
    return false;
  }
}
