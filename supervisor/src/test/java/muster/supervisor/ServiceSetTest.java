package muster.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Several services, told without processes. */
class ServiceSetTest {
    private static final long SECOND = Duration.ofSeconds(1).toNanos();
    private static final ExitStatus OK = new ExitStatus.Exited(0);

    private final ServiceSet set = new ServiceSet(new Random(1), Duration.ofSeconds(9));
    private long now = 500 * SECOND;

    private static ServiceSpec service(String name, String... needs) {
        return ServiceSpec.of(name, List.of("serve")).withDependsOn(List.of(needs));
    }

    private List<SetAction> on(String name, ServiceEvent event) {
        return set.on(now, name, event);
    }

    private List<String> spawned(List<SetAction> actions) {
        return actions.stream()
                .filter(action -> action instanceof SetAction.Of of && of.action() instanceof ServiceAction.Spawn)
                .map(action -> ((SetAction.Of) action).name())
                .toList();
    }

    private List<String> signalled(List<SetAction> actions, Signal signal) {
        return actions.stream()
                .filter(action -> action instanceof SetAction.Of of
                        && of.action() instanceof ServiceAction.SignalGroup sent
                        && sent.signal() == signal)
                .map(action -> ((SetAction.Of) action).name())
                .toList();
    }

    private void exits(String name, long pid, ExitStatus status) {
        on(name, new ServiceEvent.Exited(pid, status, false));
    }

    @Test
    void a_service_waits_until_all_it_needs_is_ready() {
        set.add(now, service("db").with(Readiness.onDescriptor(3)));
        assertThat(spawned(set.add(now, service("web", "db")))).isEmpty();
        assertThat(set.waitsFor("web")).containsExactly("db");
        assertThat(spawned(on("db", new ServiceEvent.Spawned(1)))).isEmpty();
        assertThat(spawned(on("db", new ServiceEvent.Notified(1)))).containsExactly("web");
        assertThat(set.waitsFor("web")).isEmpty();
    }

    @Test
    void a_oneshot_is_ready_when_it_has_succeeded_and_not_before() {
        set.add(now, ServiceSpec.oneshot("migrate", List.of("do")));
        set.add(now, service("web", "migrate"));
        assertThat(spawned(on("migrate", new ServiceEvent.Spawned(1)))).isEmpty();
        assertThat(spawned(on("migrate", new ServiceEvent.Exited(1, OK, false))))
                .containsExactly("web");
    }

    @Test
    void starting_a_service_starts_what_it_needs_first() {
        set.add(now, service("db").withStartDown(true));
        set.add(now, service("web", "db").withStartDown(true));
        assertThat(spawned(on("web", new ServiceEvent.Start()))).containsExactly("db");
    }

    @Test
    void the_order_in_which_they_are_added_does_not_matter() {
        set.add(now, service("web", "db"));
        assertThat(spawned(set.add(now, service("db").withStartDown(true)))).containsExactly("db");
        assertThat(spawned(on("db", new ServiceEvent.Spawned(1)))).containsExactly("web");
    }

    @Test
    void a_shutdown_stops_those_first_that_need_others_and_ends_when_nobody_is_left() {
        set.add(now, service("db"));
        set.add(now, service("web", "db"));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        assertThat(signalled(set.shutdown(now, 0, Duration.ofSeconds(9)), Signal.TERM))
                .containsExactly("web");
        assertThat(signalled(on("web", new ServiceEvent.Exited(2, OK, false)), Signal.TERM))
                .containsExactly("db");
        assertThat(on("db", new ServiceEvent.Exited(1, OK, false))).endsWith(new SetAction.Ended(0));
        assertThat(set.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
    }

    @Test
    void what_is_left_is_killed_before_the_budget_is_over_and_nobody_is_waited_for_after_it() {
        set.add(now, service("stubborn").with(Stopping.DEFAULTS.withTimeout(Stopping.NEVER)));
        on("stubborn", new ServiceEvent.Spawned(1));
        set.shutdown(now, 3, Duration.ofSeconds(9));
        long began = now;
        now = set.nextDeadline(); // for those that have no stop signal yet: none
        assertThat(set.onDeadline(now)).isEmpty();
        now = set.nextDeadline();
        assertThat(now - began).isEqualTo(8 * SECOND);
        assertThat(signalled(set.onDeadline(now), Signal.KILL)).containsExactly("stubborn");
        now = set.nextDeadline();
        set.onDeadline(now);
        now = set.nextDeadline();
        assertThat(now - began).isEqualTo(9 * SECOND);
        assertThat(set.onDeadline(now)).endsWith(new SetAction.Ended(3));
    }

    @Test
    void who_drains_or_waits_for_its_turn_gets_its_stop_signal_before_it_is_killed() {
        var never = Stopping.DEFAULTS.withTimeout(Stopping.NEVER);
        set.add(now, service("db").with(never));
        set.add(now, service("web", "db").with(never.withDrain(Duration.ZERO, Duration.ofMinutes(10), List.of(80))));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        assertThat(signalled(set.shutdown(now, 0, Duration.ofSeconds(10)), Signal.TERM))
                .isEmpty();
        long began = now;

        now = set.nextDeadline();
        set.onDeadline(now);
        on("web", new ServiceEvent.Connections(2, 1));
        now = began + 6 * SECOND;
        assertThat(signalled(set.onDeadline(now), Signal.TERM)).containsExactlyInAnyOrder("db", "web");
        assertThat(set.nextDeadline() - began).isEqualTo(9 * SECOND);
        now = set.nextDeadline();
        assertThat(signalled(set.onDeadline(now), Signal.KILL)).containsExactlyInAnyOrder("db", "web");
    }

    @Test
    void a_second_shutdown_changes_nothing_and_a_hurry_does_not_change_the_code() {
        set.add(now, service("db"));
        set.add(now, service("web", "db"));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        set.shutdown(now, 4, Duration.ofSeconds(9));
        assertThat(set.shutdown(now, 5, Duration.ofSeconds(9))).isEmpty();
        var hurried = set.hurry(now, 6, Duration.ofSeconds(9));
        assertThat(signalled(hurried, Signal.KILL)).containsExactly("web");
        assertThat(signalled(hurried, Signal.TERM)).containsExactly("db");
        exits("web", 2, OK);
        assertThat(on("db", new ServiceEvent.Exited(1, OK, false))).endsWith(new SetAction.Ended(4));
    }

    @Test
    void a_finish_command_that_begins_after_a_hurry_is_cut_short() {
        set.add(now, service("web").with(Finish.by(List.of("tidy"))));
        on("web", new ServiceEvent.Spawned(1));
        set.shutdown(now, 0, Duration.ofMinutes(1));
        set.hurry(now, 0, Duration.ofMinutes(1));
        exits("web", 1, new ExitStatus.Killed(9, false));
        on("web", new ServiceEvent.FinishSpawned(2));
        now += SECOND / 2;
        assertThat(signalled(set.onDeadline(now), Signal.KILL)).containsExactly("web");
    }

    @Test
    void a_failure_that_says_exit_ends_all_with_its_code() {
        set.add(now, service("db"));
        set.add(now, service("web").with(OnFailed.EXIT).with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        var failed = on("web", new ServiceEvent.Exited(2, new ExitStatus.Killed(11, false), false));
        assertThat(signalled(failed, Signal.TERM)).containsExactly("db");
        assertThat(on("db", new ServiceEvent.Exited(1, OK, false))).endsWith(new SetAction.Ended(139));
    }

    @Test
    void what_a_failure_that_says_exit_ends_is_killed_within_the_budget_for_that() {
        var brief = new ServiceSet(new Random(1), Duration.ofSeconds(2));
        brief.add(now, service("db").with(Stopping.DEFAULTS.withTimeout(Stopping.NEVER)));
        brief.add(now, service("web").with(OnFailed.EXIT).with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)));
        brief.on(now, "db", new ServiceEvent.Spawned(1));
        brief.on(now, "web", new ServiceEvent.Spawned(2));
        brief.on(now, "web", new ServiceEvent.Exited(2, new ExitStatus.Exited(7), false));
        long began = now;
        now = brief.nextDeadline(); // for those that have no stop signal yet: none
        assertThat(brief.onDeadline(now)).as("what has failed stays so").isEmpty();
        now = brief.nextDeadline();
        assertThat(now - began).isEqualTo(SECOND * 8 / 5);
        assertThat(signalled(brief.onDeadline(now), Signal.KILL)).containsExactly("db");
        assertThat(brief.on(now, "db", new ServiceEvent.Exited(1, new ExitStatus.Killed(9, false), false)))
                .endsWith(new SetAction.Ended(7));
    }

    @Test
    void a_second_shutdown_puts_no_stop_signal_off_though_its_budget_ends_a_moment_earlier() {
        var never = Stopping.DEFAULTS.withTimeout(Stopping.NEVER);
        set.add(now, service("db").with(never));
        set.add(now, service("web", "db").with(never));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        long began = now;
        set.shutdown(now, 0, Duration.ofSeconds(10));

        now += 5 * SECOND;
        assertThat(set.shutdown(now, 0, Duration.ofSeconds(5).minusNanos(1))).isEmpty();

        assertThat(set.nextDeadline() - began).isEqualTo(6 * SECOND);
        now = set.nextDeadline();
        assertThat(signalled(set.onDeadline(now), Signal.TERM)).containsExactly("db");
        set.shutdown(now, 0, Duration.ofSeconds(4).minusNanos(2));
        assertThat(set.nextDeadline() - began).as("not once more").isEqualTo(9 * SECOND);
    }

    @Test
    void what_is_left_of_a_group_and_survives_kill_is_let_be_for_the_finish_command_before_the_budget_is_over() {
        set.add(now, service("web").with(Finish.by(List.of("tidy"))));
        on("web", new ServiceEvent.Spawned(1));
        long began = now;
        set.shutdown(now, 0, Duration.ofSeconds(9));
        on("web", new ServiceEvent.Exited(1, OK, true));

        assertThat(until(began + 8 * SECOND + SECOND / 4)).doesNotContain(finish("web"));
        assertThat(until(began + 8 * SECOND + SECOND / 2)).contains(finish("web"));
    }

    /** What is done until then. */
    private List<SetAction> until(long nanos) {
        var all = new ArrayList<SetAction>();
        while (set.nextDeadline() != ServiceMachine.NEVER && set.nextDeadline() - nanos <= 0) {
            now = set.nextDeadline();
            all.addAll(set.onDeadline(now));
        }
        return all;
    }

    private static SetAction finish(String name) {
        return new SetAction.Of(name, new ServiceAction.SpawnFinish(1, OK));
    }

    @Test
    void of_two_shutdowns_the_budget_that_ends_earlier_counts() {
        var never = Stopping.DEFAULTS.withTimeout(Stopping.NEVER);
        set.add(now, service("db").with(never));
        set.add(now, service("web").with(OnFailed.EXIT).with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        on("web", new ServiceEvent.Exited(2, new ExitStatus.Killed(11, false), false));

        now += SECOND;
        long asked = now;
        assertThat(set.shutdown(now, 5, Duration.ofMinutes(1))).isEmpty();
        assertThat(set.shutdown(now, 5, Duration.ofSeconds(5))).isEmpty();
        assertThat(set.shutdown(now, 5, Duration.ofSeconds(9))).isEmpty();

        now = set.nextDeadline(); // for those that have no stop signal yet: none
        assertThat(signalled(set.onDeadline(now), Signal.KILL)).isEmpty();
        now = set.nextDeadline();
        assertThat(now - asked).isEqualTo(4 * SECOND);
        assertThat(signalled(set.onDeadline(now), Signal.KILL)).containsExactly("db");
        assertThat(on("db", new ServiceEvent.Exited(1, OK, false))).endsWith(new SetAction.Ended(139));
    }

    @Test
    void a_failure_can_stop_those_that_depend_on_it_in_order_and_nobody_else() {
        set.add(
                now,
                service("db").with(OnFailed.STOP_DEPENDENTS).with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)));
        set.add(now, service("app", "db"));
        set.add(now, service("web", "app"));
        set.add(now, service("other"));
        on("db", new ServiceEvent.Spawned(1));
        on("app", new ServiceEvent.Spawned(2));
        on("web", new ServiceEvent.Spawned(3));
        on("other", new ServiceEvent.Spawned(4));
        var failed = on("db", new ServiceEvent.Exited(1, new ExitStatus.Exited(1), false));
        assertThat(signalled(failed, Signal.TERM)).containsExactly("web");
        assertThat(signalled(on("web", new ServiceEvent.Exited(3, OK, false)), Signal.TERM))
                .containsExactly("app");
    }

    @Test
    void who_still_waits_for_one_that_is_given_up_is_said_to_be_down() {
        set.add(
                now,
                service("db")
                        .with(OnFailed.STOP_DEPENDENTS)
                        .with(Readiness.onDescriptor(3))
                        .with(Restarts.DEFAULTS.withPolicy(RestartPolicy.NEVER)));
        set.add(now, service("web", "db"));
        on("db", new ServiceEvent.Spawned(1));
        assertThat(on("db", new ServiceEvent.Exited(1, new ExitStatus.Exited(1), false)))
                .endsWith(new SetAction.Of("web", new ServiceAction.TellDown(null)));
        assertThat(set.wanted("web")).isEqualTo(Wanted.DOWN);
    }

    @Test
    void a_service_does_not_wait_for_its_logger_and_does_not_start_it() {
        set.add(now, service("log").with(Readiness.onDescriptor(3)).withStartDown(true));
        assertThat(spawned(set.add(now, service("web").with(new Logging.ToService("log")))))
                .containsExactly("web");
        assertThat(set.waitsFor("web")).isEmpty();
        assertThat(set.wanted("log")).isEqualTo(Wanted.DOWN);
    }

    @Test
    void a_logger_sees_the_end_of_its_input_before_it_gets_a_signal() {
        set.add(now, service("log"));
        set.add(now, service("web").with(new Logging.ToService("log")));
        on("log", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        set.shutdown(now, 0, Duration.ofMinutes(1));
        assertThat(on("web", new ServiceEvent.Exited(2, OK, false))).endsWith(new SetAction.CloseInput("log"));
        now = set.nextDeadline();
        assertThat(signalled(set.onDeadline(now), Signal.TERM)).containsExactly("log");
        assertThat(on("log", new ServiceEvent.Exited(1, OK, false))).endsWith(new SetAction.Ended(0));
    }

    @Test
    void what_ends_by_itself_in_a_shutdown_is_not_started_again() {
        set.add(now, service("db"));
        set.add(now, service("web", "db"));
        on("db", new ServiceEvent.Spawned(1));
        on("web", new ServiceEvent.Spawned(2));
        set.shutdown(now, 0, Duration.ofSeconds(9));
        assertThat(spawned(on("db", new ServiceEvent.Exited(1, new ExitStatus.Exited(1), false))))
                .isEmpty();
        assertThat(on("web", new ServiceEvent.Exited(2, OK, false))).endsWith(new SetAction.Ended(0));
    }

    @Test
    void sets_that_cannot_work_are_refused() {
        assertThatThrownBy(() -> ServiceSet.check(List.of(service("web", "db"))))
                .hasMessage("service web needs db, which is not there; known are web");
        assertThatThrownBy(() -> ServiceSet.check(List.of(service("a", "b"), service("b", "c"), service("c", "b"))))
                .hasMessage("services must not wait for each other: b needs c needs b");
        assertThatThrownBy(() -> ServiceSet.check(List.of(service("a"), service("a"))))
                .hasMessage("there are two services called a");
        assertThatThrownBy(() -> service("a").with(new Logging.ToService("a")))
                .hasMessageContaining("must not be its own logger");
    }
}
