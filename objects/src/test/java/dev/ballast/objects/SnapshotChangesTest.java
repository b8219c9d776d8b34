package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class SnapshotChangesTest {
  private static Stored namespace(String name, int label) {
    Metadata metadata = new Metadata("", name, Map.of("is", "" + label), Map.of(), "", 0, "");
    return new Stored(new Namespace(metadata), new Origin("f.yaml", 1, 1), Map.of());
  }

  private static Stored node(String name) {
    return new Stored(
        new Node(Metadata.of("", name), List.of(), List.of()),
        new Origin("f.yaml", 1, 1),
        Map.of());
  }

  private static Snapshot snapshot(List<Stored> objects) {
    return new Snapshot(1, objects, List.of(), true);
  }

  @Test
  void one_change_among_many_is_all_that_is_told_and_all_else_is_shared() {
    List<Stored> objects = new ArrayList<>();
    for (int i = 0; i < 20_000; i++) {
      objects.add(namespace("n" + i, 0));
    }
    objects.add(node("a"));
    Snapshot before = snapshot(objects);
    Stored now = namespace("n777", 1);

    Snapshot after = before.with(List.of(now));

    assertThat(after.version()).isEqualTo(2);
    assertThat(after.changesSince(before))
        .isEqualTo(new Changes(List.of(), List.of(now), List.of()));
    assertThat(after.find(now.object().key())).containsSame(now);
    assertThat(before.find(now.object().key()).orElseThrow()).isNotEqualTo(now);
    assertThat(after.all(Namespace.class)).hasSize(20_000);
    assertThat(after.all(Node.class)).hasSize(1);
    assertThat(after.changesSince(after).isEmpty()).isTrue();
  }

  @Test
  void changes_between_any_two_snapshots_are_those_of_two_plain_maps() {
    Random random = new Random(7);
    for (int round = 0; round < 500; round++) {
      Map<ObjectKey, Stored> then = some(random);
      Map<ObjectKey, Stored> now = some(random);
      List<Stored> added = new ArrayList<>();
      List<Stored> changed = new ArrayList<>();
      now.forEach((key, stored) -> {
        if (!then.containsKey(key)) {
          added.add(stored);
        } else if (!stored.equals(then.get(key))) {
          changed.add(stored);
        }
      });
      Map<ObjectKey, Stored> removed = new TreeMap<>(then);
      removed.keySet().removeAll(now.keySet());

      Snapshot after = snapshot(List.copyOf(now.values()));

      assertThat(after.objects()).isEqualTo(List.copyOf(new TreeMap<>(now).values()));
      Changes told = after.changesSince(snapshot(List.copyOf(then.values())));
      assertThat(told.added()).containsExactlyInAnyOrderElementsOf(added);
      assertThat(told.changed()).containsExactlyInAnyOrderElementsOf(changed);
      assertThat(told.removed()).containsExactlyInAnyOrderElementsOf(removed.values());
    }
  }

  private static Map<ObjectKey, Stored> some(Random random) {
    Map<ObjectKey, Stored> some = new HashMap<>();
    for (int i = random.nextInt(12); i > 0; i--) {
      Stored stored =
          random.nextInt(4) == 0
              ? node("o" + random.nextInt(9))
              : namespace("o" + random.nextInt(9), random.nextInt(2));
      some.put(stored.object().key(), stored);
    }
    return some;
  }
}
