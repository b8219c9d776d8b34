package dev.ballast.cli.bootstrap;

import dev.ballast.bootstrap.init.InitPhases;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code ballast init phase}. */
@Command(
    name = "phase",
    exitCodeOnInvalidInput = 1,
    description = "Runs one phase of init.",
    footer = {
      "",
      "Phases: preflight, certs, kubeconfig, etcd local, control-plane (all, apiserver,"
          + " controller-manager, scheduler), kubelet-start, wait-control-plane, upload-config (all,"
          + " kubeadm, kubelet), upload-certs, mark-control-plane, bootstrap-token,"
          + " kubelet-finalize (all, enable-client-cert-rotation), addon (all, coredns, kube-proxy),"
          + " cni, show-join-command"
    })
final class InitPhaseCommand implements Callable<Integer> {
  @Spec private CommandSpec spec;
  @Mixin private InitOptions options = new InitOptions();

  @Parameters(arity = "1..2", paramLabel = "NAME", description = "The phase, as: addon coredns.")
  private List<String> names = List.of();

  @Override
  public Integer call() {
    var phase = InitPhases.named(names);
    InitPhases.ALL.runOne(phase, options.run(spec));
    return 0;
  }
}
