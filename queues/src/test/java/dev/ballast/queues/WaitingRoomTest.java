package dev.ballast.queues;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.DisplayNameGeneration;
import org.junit.jupiter.api.DisplayNameGenerator.ReplaceUnderscores;
import org.junit.jupiter.api.Test;

@DisplayNameGeneration(ReplaceUnderscores.class)
class WaitingRoomTest {
  private final WaitingRoom room = new WaitingRoom();

  @Test
  void one_call_is_for_the_one_who_came_first() {
    WaitingRoom.Ticket first = room.enter();
    WaitingRoom.Ticket second = room.enter();

    room.callOne();

    assertThat(first.isCalled()).isTrue();
    assertThat(second.isCalled()).isFalse();
  }

  /** Who was called and at the same time interrupted, or out of time, has no use for the call. */
  @Test
  void a_call_that_is_not_used_goes_to_the_next() {
    WaitingRoom.Ticket first = room.enter();
    WaitingRoom.Ticket second = room.enter();
    room.callOne();

    room.leave(first, false);

    assertThat(second.isCalled()).isTrue();
  }

  @Test
  void a_call_that_was_waited_for_is_used_up() throws InterruptedException {
    WaitingRoom.Ticket first = room.enter();
    WaitingRoom.Ticket second = room.enter();
    room.callOne();

    assertThat(room.await(first, WaitingRoom.FOR_EVER)).isTrue();
    room.leave(first, true);

    assertThat(second.isCalled()).isFalse();
  }

  @Test
  void who_has_left_is_not_called() {
    WaitingRoom.Ticket first = room.enter();
    WaitingRoom.Ticket second = room.enter();

    room.leave(first, false);
    room.callOne();

    assertThat(first.isCalled()).isFalse();
    assertThat(second.isCalled()).isTrue();
  }

  @Test
  void a_call_to_nobody_is_not_kept() throws InterruptedException {
    room.callOne();
    WaitingRoom.Ticket ticket = room.enter();

    assertThat(ticket.isCalled()).isFalse();
    assertThat(room.await(ticket, System.nanoTime())).isFalse();
  }

  @Test
  void all_are_called() {
    WaitingRoom.Ticket first = room.enter();
    WaitingRoom.Ticket second = room.enter();

    room.callAll();

    assertThat(first.isCalled()).isTrue();
    assertThat(second.isCalled()).isTrue();
  }
}
