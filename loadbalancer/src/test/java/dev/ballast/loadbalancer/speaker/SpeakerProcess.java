package dev.ballast.loadbalancer.speaker;

import dev.ballast.loadbalancer.address.Address;
import dev.ballast.loadbalancer.layer2.Advertisement;
import dev.ballast.loadbalancer.layer2.Announceable;
import dev.ballast.loadbalancer.layer2.Candidate;
import dev.ballast.loadbalancer.layer2.Mac;
import dev.ballast.loadbalancer.layer2.Selection;
import dev.ballast.loadbalancer.membership.Timing;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;

/**
 * A speaker as a process of its own, for {@link FailoverIT}: {@code NODE VIP NODE=ADDRESS...}. It
 * prints what it reports, and leaves in order when its input ends.
 */
final class SpeakerProcess {
  private SpeakerProcess() {}

  public static void main(String[] arguments) throws Exception {
    String node = arguments[0];
    Address vip = Address.parse(arguments[1]).orElseThrow();
    List<Candidate> nodes = new ArrayList<>();
    Map<String, InetAddress> peers = new HashMap<>();
    for (String peer : List.of(arguments).subList(2, arguments.length)) {
      String[] parts = peer.split("=", 2);
      nodes.add(new Candidate(parts[0], Map.of(), false));
      if (!parts[0].equals(node)) {
        peers.put(parts[0], InetAddress.getByName(parts[1]));
      }
    }
    Advertisement all =
        new Advertisement("all", Set.of(), List.of(), List.of(), Set.of(), List.of(), List.of());
    Announceable web =
        new Announceable("default/web", Map.of(), List.of(vip), "", false, true, Set.of());
    Speaker speaker =
        new Speaker(
            new Speaker.Settings(
                node,
                new InetSocketAddress(7946),
                new byte[] {1, 2, 3},
                Selection.standard(),
                Timing.DEFAULT),
            LinuxNetwork.open(),
            new Printed(),
            new Random(),
            Thread.ofPlatform().daemon().factory());
    speaker.start();
    speaker.learn(
        new Knowledge(
            List.of(new Knowledge.Subject.Announce("default/web", web, List.of(all), List.of())),
            nodes,
            peers,
            false));
    say("started");
    while (System.in.read() >= 0) {
      // Only the end matters.
    }
    speaker.leave();
    speaker.close();
    say("left");
  }

  private static void say(String what) {
    System.out.println(what);
    System.out.flush();
  }

  private static final class Printed implements Report {
    @Override
    public void answering(Standing.Answering standing) {
      say("answering " + standing.service());
    }

    @Override
    public void withdrawn(Standing.Silent standing) {
      say("withdrawn " + standing.word() + " " + standing.why());
    }

    @Override
    public void noSuchInterface(String service, Address address, Set<String> wanted) {
      say("no interface " + wanted);
    }

    @Override
    public void note(String service, String text) {
      say("note " + text);
    }

    @Override
    public void conflict(Address address, Mac claimant, String link) {
      say("conflict " + address + " " + claimant + " " + link);
    }

    @Override
    public void fenced(
        String service, Address address, Mac claimant, String link, Optional<String> node) {
      say("fenced " + address + " " + claimant + " " + link + " " + node.orElse("stranger"));
    }

    @Override
    public void labelIgnored(String service) {
      say("label ignored " + service);
    }
  }
}
