package dev.ballast.objects;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.ballast.objects.LabelSelector.Operator;
import dev.ballast.objects.LabelSelector.Requirement;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class LabelSelectorTest {

  private static boolean matches(Operator operator, List<String> values, Map<String, String> of) {
    return new LabelSelector(Map.of(), List.of(new Requirement("rack", operator, values)))
        .matches(of);
  }

  @Test
  void empty_matches_everything() {
    assertThat(new LabelSelector(Map.of(), List.of()).matches(Map.of())).isTrue();
  }

  @Test
  void every_pair_has_to_hold() {
    var selector = new LabelSelector(Map.of("rack", "a", "zone", "1"), List.of());

    assertThat(selector.matches(Map.of("rack", "a", "zone", "1", "other", "x"))).isTrue();
    assertThat(selector.matches(Map.of("rack", "a", "zone", "2"))).isFalse();
    assertThat(selector.matches(Map.of("rack", "a"))).isFalse();
  }

  @Test
  void operators_treat_an_absent_label_as_kubernetes_does() {
    assertThat(matches(Operator.IN, List.of("a", "b"), Map.of("rack", "b"))).isTrue();
    assertThat(matches(Operator.IN, List.of("a"), Map.of())).isFalse();
    assertThat(matches(Operator.NOT_IN, List.of("a"), Map.of())).isTrue();
    assertThat(matches(Operator.NOT_IN, List.of("a"), Map.of("rack", "a"))).isFalse();
    assertThat(matches(Operator.EXISTS, List.of(), Map.of("rack", ""))).isTrue();
    assertThat(matches(Operator.EXISTS, List.of(), Map.of())).isFalse();
    assertThat(matches(Operator.DOES_NOT_EXIST, List.of(), Map.of())).isTrue();
    assertThat(matches(Operator.DOES_NOT_EXIST, List.of(), Map.of("rack", "a"))).isFalse();
  }

  @Test
  void values_belong_to_In_and_NotIn_only() {
    assertThatThrownBy(() -> new Requirement("rack", Operator.IN, List.of()))
        .hasMessageContaining("In needs at least one value");
    assertThatThrownBy(() -> new Requirement("rack", Operator.EXISTS, List.of("a")))
        .hasMessageContaining("Exists takes no values");
  }
}
