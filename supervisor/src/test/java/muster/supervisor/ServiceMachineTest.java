package muster.supervisor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import muster.supervisor.ServiceAction.AskProbes;
import muster.supervisor.ServiceAction.CountConnections;
import muster.supervisor.ServiceAction.LookAtGroup;
import muster.supervisor.ServiceAction.SignalGroup;
import muster.supervisor.ServiceAction.SignalProcess;
import muster.supervisor.ServiceAction.Spawn;
import muster.supervisor.ServiceAction.TellDown;
import muster.supervisor.ServiceAction.TellDraining;
import muster.supervisor.ServiceAction.TellExited;
import muster.supervisor.ServiceAction.TellFailed;
import muster.supervisor.ServiceAction.TellFinished;
import muster.supervisor.ServiceAction.TellNotReady;
import muster.supervisor.ServiceAction.TellReady;
import muster.supervisor.ServiceAction.TellSick;
import muster.supervisor.ServiceAction.TellStarted;
import muster.supervisor.ServiceAction.TellStopping;
import muster.supervisor.ServiceAction.TellUnwell;
import muster.supervisor.ServiceEvent.Connections;
import muster.supervisor.ServiceEvent.Deadline;
import muster.supervisor.ServiceEvent.Exited;
import muster.supervisor.ServiceEvent.GroupGone;
import muster.supervisor.ServiceEvent.Hurry;
import muster.supervisor.ServiceEvent.ProbeFailed;
import muster.supervisor.ServiceEvent.ProbesPassed;
import muster.supervisor.ServiceEvent.Send;
import muster.supervisor.ServiceEvent.SpawnFailed;
import muster.supervisor.ServiceEvent.Spawned;
import muster.supervisor.ServiceEvent.Start;
import muster.supervisor.ServiceEvent.Stop;
import org.junit.jupiter.api.Test;

/** The life of a service, told without processes. Times in milliseconds. */
class ServiceMachineTest {
    private static final long MILLI = 1_000_000;
    private static final ExitStatus OK = new ExitStatus.Exited(0);
    private static final ExitStatus BAD = new ExitStatus.Exited(3);
    private static final List<Probe> HTTP = List.of(new Probe.Http("127.0.0.1", 80, "/health"));
    private static final Duration SECOND = Duration.ofSeconds(1);
    private static final Restarts EXACT = new Restarts(
            RestartPolicy.ALWAYS,
            List.of(0),
            new Pace.BackOff(Duration.ofMillis(100), Duration.ofMillis(1_000), 0, Duration.ofSeconds(10)),
            0,
            Duration.ofMinutes(1));

    private ServiceSpec spec = ServiceSpec.of("web", List.of("serve")).with(EXACT);
    private ServiceMachine machine = new ServiceMachine(spec, new Random(1));
    private long now = 500 * MILLI;

    private void use(ServiceSpec other) {
        spec = other;
        machine = new ServiceMachine(other, new Random(1));
    }

    private List<ServiceAction> on(ServiceEvent event) {
        return machine.on(now, event);
    }

    /** Lets time pass to the machine's own deadline, which must be that far away. */
    private List<ServiceAction> after(long millis) {
        assertThat((machine.nextDeadline() - now) / MILLI)
                .as("milliseconds to the deadline")
                .isEqualTo(millis);
        now = machine.nextDeadline();
        return on(new Deadline());
    }

    private void up(long pid) {
        assertThat(on(new Start())).containsExactly(new Spawn());
        on(new Spawned(pid));
    }

    @Test
    void without_probes_a_service_is_ready_when_it_runs() {
        assertThat(on(new Start())).containsExactly(new Spawn());
        assertThat(on(new Spawned(7))).containsExactly(new TellStarted(7), new TellReady());
        assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
    }

    @Test
    void a_signal_that_comes_while_its_process_is_being_started_reaches_it_once() {
        on(new Start());
        for (int i = 0; i < 2; i++) {
            assertThat(on(new Send(Signal.IO, Reach.PROCESS))).isEmpty();
        }
        assertThat(on(new Spawned(7)))
                .containsExactly(new TellStarted(7), new SignalProcess(7, Signal.IO), new TellReady());
        on(new Exited(7, BAD, false));
        after(100);
        assertThat(on(new Spawned(8))).containsExactly(new TellStarted(8), new TellReady());
    }

    @Test
    void with_probes_it_is_ready_only_after_all_passed() {
        use(spec.with(Readiness.when(HTTP)));
        up(7);
        assertThat(on(new ProbeFailed(7, "refused"))).isEmpty();
        assertThat(after(20)).containsExactly(new AskProbes(7, HTTP, SECOND));
        assertThat(on(new ProbesPassed(7))).containsExactly(new TellReady());
    }

    @Test
    void an_answer_about_an_earlier_process_says_nothing_about_this_one() {
        use(spec.with(Readiness.when(HTTP)));
        up(7);
        on(new Exited(7, BAD, false));
        after(100);
        on(new Spawned(8));
        assertThat(on(new ProbesPassed(7))).isEmpty();
        assertThat(on(new Exited(7, BAD, false))).isEmpty();
        assertThat(machine.state()).isInstanceOf(ServiceState.Starting.class);
    }

    @Test
    void a_delay_is_waited_before_the_first_question() {
        use(spec.with(Readiness.when(HTTP).withDelay(Duration.ofSeconds(2))));
        on(new Start());
        assertThat(on(new Spawned(7))).containsExactly(new TellStarted(7));
        assertThat(after(2_000)).containsExactly(new AskProbes(7, HTTP, SECOND));
    }

    @Test
    void who_is_not_ready_after_five_seconds_is_said_to_be_so_once_and_why() {
        use(spec.with(Readiness.when(HTTP).withTimeout(Duration.ofSeconds(7))));
        up(7);
        now += 4_999 * MILLI;
        assertThat(on(new ProbeFailed(7, "refused"))).isEmpty();
        now += MILLI;
        assertThat(on(new ProbeFailed(7, "refused still")))
                .containsExactly(new TellNotReady("It was started 5 s ago; refused still"));
        now += MILLI;
        assertThat(on(new ProbeFailed(7, "refused again"))).isEmpty();
        now += 1_999 * MILLI;
        assertThat(on(new Deadline()))
                .contains(new TellNotReady("It was not ready within 7 s and is stopped; refused again"));
    }

    @Test
    void not_ready_in_time_is_a_crash_even_if_it_then_ends_well() {
        use(spec.with(Readiness.when(HTTP).withTimeout(Duration.ofSeconds(1)))
                .with(EXACT.withPolicy(RestartPolicy.ON_FAILURE)));
        up(7);
        assertThat(after(1_000))
                .containsExactly(
                        new TellNotReady("It was not ready within 1 s and is stopped."),
                        new SignalGroup(7, Signal.TERM),
                        new SignalGroup(7, Signal.CONT));
        assertThat(on(new Exited(7, OK, false))).containsExactly(new TellExited(7, OK), new TellFinished());
        assertThat(after(100)).containsExactly(new Spawn());
    }

    @Test
    void three_failed_checks_in_a_row_withdraw_it_and_one_good_one_brings_it_back() {
        use(spec.with(Readiness.when(HTTP)).with(Liveness.withdrawing(HTTP)));
        up(7);
        on(new ProbesPassed(7));
        for (int i = 0; i < 2; i++) {
            assertThat(after(1_000)).containsExactly(new AskProbes(7, HTTP, SECOND));
            assertThat(on(new ProbeFailed(7, "status 500"))).isEmpty();
        }
        after(1_000);
        assertThat(on(new ProbeFailed(7, "status 500")))
                .containsExactly(new TellUnwell("3 checks in a row failed, the last one: status 500"));
        after(1_000);
        assertThat(on(new ProbesPassed(7))).containsExactly(new TellReady());
        assertThat(machine.state()).isInstanceOf(ServiceState.Ready.class);
    }

    @Test
    void who_is_unwell_is_not_there_any_more_when_its_process_ends() {
        use(spec.with(Readiness.when(HTTP)).with(Liveness.withdrawing(HTTP)));
        up(7);
        on(new ProbesPassed(7));
        for (int i = 0; i < 3; i++) {
            after(1_000);
            on(new ProbeFailed(7, "status 500"));
        }
        assertThat(machine.state()).isInstanceOf(ServiceState.NotReady.class);

        assertThat(on(new Exited(7, BAD, false))).contains(new TellNotReady("Its process exited with status 3."));
    }

    @Test
    void who_was_withdrawn_before_a_drain_is_so_after_it_until_a_check_passes_and_counts_from_nothing_then() {
        use(spec.with(Liveness.withdrawing(HTTP))
                .with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of(80))));
        up(7);
        failChecks(3);
        assertThat(on(new Stop())).containsExactly(new TellDraining());
        assertThat(on(new Start()))
                .containsExactly(
                        new TellUnwell("Its checks failed before it was to be stopped, and none has passed since."));
        assertThat(machine.state()).isInstanceOf(ServiceState.NotReady.class);
        assertThat(after(1_000)).containsExactly(new AskProbes(7, HTTP, SECOND));
        assertThat(on(new ProbesPassed(7))).containsExactly(new TellReady());
        assertThat(failChecks(3)).isEqualTo(3);
    }

    @Test
    void a_drain_that_was_taken_back_forgets_failed_checks_so_that_the_next_ones_still_withdraw_it() {
        use(spec.with(Liveness.withdrawing(HTTP))
                .with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of(80))));
        up(7);
        for (int i = 0; i < 2; i++) {
            after(1_000);
            on(new ProbeFailed(7, "status 500"));
        }
        on(new Stop());
        assertThat(on(new Start())).containsExactly(new TellReady());
        assertThat(failChecks(3)).isEqualTo(3);
    }

    /** Lets checks fail until it is withdrawn. Returns how many that took. */
    private int failChecks(int atMost) {
        for (int failed = 1; failed <= atMost; failed++) {
            after(1_000);
            if (on(new ProbeFailed(7, "status 500")).stream().anyMatch(TellUnwell.class::isInstance)) {
                return failed;
            }
        }
        throw new AssertionError("it is still announced");
    }

    @Test
    void more_failed_checks_than_a_changed_setting_allows_withdraw_it() {
        use(spec.with(new Liveness(HTTP, SECOND, SECOND, 3, Liveness.Action.WITHDRAW)));
        up(7);
        for (int i = 0; i < 2; i++) {
            after(1_000);
            assertThat(on(new ProbeFailed(7, "status 500"))).isEmpty();
        }
        machine.use(spec.with(new Liveness(HTTP, SECOND, SECOND, 2, Liveness.Action.WITHDRAW)));
        assertThat(failChecks(1)).isEqualTo(1);
    }

    @Test
    void where_failed_checks_are_to_have_no_consequence_they_are_told_once_and_it_stays_ready() {
        use(spec.with(new Liveness(HTTP, SECOND, SECOND, 2, Liveness.Action.NOTHING)));
        up(7);
        after(1_000);
        assertThat(on(new ProbeFailed(7, "status 500"))).isEmpty();
        after(1_000);
        assertThat(on(new ProbeFailed(7, "status 500")))
                .containsExactly(new TellSick("2 checks in a row failed, the last one: status 500"));
        after(1_000);
        assertThat(on(new ProbeFailed(7, "status 500"))).isEmpty();
        assertThat(machine.state()).isInstanceOf(ServiceState.Ready.class);
    }

    @Test
    void without_liveness_it_is_not_asked_again() {
        use(spec.with(Readiness.when(List.of(new Probe.Tcp("127.0.0.1", 80)))));
        up(7);
        on(new ProbesPassed(7));
        assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
    }

    @Test
    void stop_sends_its_signal_then_kill_after_the_timeout() {
        up(7);
        assertThat(on(new Stop()))
                .containsExactly(new TellStopping(), new SignalGroup(7, Signal.TERM), new SignalGroup(7, Signal.CONT));
        assertThat(after(10_000)).containsExactly(new SignalGroup(7, Signal.KILL));
        assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
        var killed = new ExitStatus.Killed(9, false);
        assertThat(on(new Exited(7, killed, false)))
                .containsExactly(new TellExited(7, killed), new TellFinished(), new TellDown(killed));
    }

    @Test
    void several_stop_signals_are_sent_in_turn_each_with_the_timeout() {
        use(spec.with(
                Stopping.DEFAULTS.withSignals(List.of(Signal.INT, Signal.QUIT)).withReach(Reach.PROCESS)));
        up(7);
        assertThat(on(new Stop()))
                .containsExactly(
                        new TellStopping(), new SignalProcess(7, Signal.INT), new SignalProcess(7, Signal.CONT));
        assertThat(after(10_000)).containsExactly(new SignalProcess(7, Signal.QUIT), new SignalProcess(7, Signal.CONT));
        assertThat(after(10_000)).containsExactly(new SignalProcess(7, Signal.KILL));
    }

    @Test
    void a_drained_stop_waits_for_the_news_to_spread_and_for_the_last_connection() {
        use(spec.with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of(80))));
        up(7);
        assertThat(on(new Stop())).containsExactly(new TellDraining());
        assertThat(after(1_000)).containsExactly(new CountConnections(7, List.of(80)));
        assertThat(on(new Connections(7, 2))).isEmpty();
        assertThat(after(100)).containsExactly(new CountConnections(7, List.of(80)));
        assertThat(on(new Connections(7, 0)))
                .containsExactly(new TellStopping(), new SignalGroup(7, Signal.TERM), new SignalGroup(7, Signal.CONT));
    }

    @Test
    void a_drain_that_does_not_end_is_ended_by_its_timeout() {
        use(spec.with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofMillis(1_050), List.of(80))));
        up(7);
        on(new Stop());
        after(1_000);
        on(new Connections(7, 2));
        assertThat(after(50)).contains(new SignalGroup(7, Signal.TERM));
    }

    @Test
    void start_during_a_drain_goes_on_with_the_same_process() {
        use(spec.with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of())));
        up(7);
        on(new Stop());
        assertThat(on(new Start())).containsExactly(new TellReady());
        assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
    }

    @Test
    void a_crash_while_draining_is_the_end_not_a_reason_to_restart() {
        use(spec.with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of())));
        up(7);
        on(new Stop());
        assertThat(on(new Exited(7, BAD, false)))
                .containsExactly(
                        new TellNotReady("Its process exited with status 3."),
                        new TellExited(7, BAD),
                        new TellFinished(),
                        new TellDown(BAD));
    }

    @Test
    void hurry_skips_what_is_left_of_the_drain_and_then_of_the_stop_timeout() {
        use(spec.with(Stopping.DEFAULTS.withDrain(Duration.ofSeconds(1), Duration.ofSeconds(30), List.of())));
        up(7);
        on(new Stop());
        assertThat(on(new Hurry())).contains(new SignalGroup(7, Signal.TERM));
        assertThat(on(new Hurry())).containsExactly(new SignalGroup(7, Signal.KILL));
        assertThat(on(new Hurry())).isEmpty();
    }

    @Test
    void stop_while_it_is_being_spawned_stops_it_when_it_is_there() {
        on(new Start());
        assertThat(on(new Stop())).isEmpty();
        assertThat(on(new Spawned(7))).contains(new TellStarted(7), new SignalGroup(7, Signal.TERM));
    }

    @Test
    void start_while_it_stops_gives_a_new_process_at_once() {
        up(7);
        on(new Stop());
        assertThat(on(new Start())).isEmpty();
        assertThat(on(new Exited(7, OK, false)))
                .containsExactly(new TellExited(7, OK), new TellFinished(), new Spawn());
    }

    @Test
    void back_off_doubles_from_its_minimum_to_its_maximum() {
        on(new Start());
        for (long wait : new long[] {100, 200, 400, 800, 1_000, 1_000}) {
            on(new Spawned(7));
            on(new Exited(7, BAD, false));
            assertThat(after(wait)).containsExactly(new Spawn());
        }
    }

    @Test
    void a_run_that_lasted_is_followed_by_the_next_at_once_and_starts_the_back_off_again() {
        on(new Start());
        for (int i = 0; i < 4; i++) {
            on(new Spawned(7));
            on(new Exited(7, BAD, false));
            now = machine.nextDeadline();
            on(new Deadline());
        }
        on(new Spawned(7));
        now += Duration.ofSeconds(10).toNanos();
        assertThat(on(new Exited(7, BAD, false))).endsWith(new Spawn());
        on(new Spawned(8));
        on(new Exited(8, BAD, false));
        assertThat(after(100)).containsExactly(new Spawn());
    }

    @Test
    void policies_decide_what_follows_an_end() {
        for (RestartPolicy policy : RestartPolicy.values()) {
            for (ExitStatus status : List.of(OK, BAD, new ExitStatus.Killed(15, false))) {
                use(spec.with(EXACT.withPolicy(policy)));
                up(7);
                var actions = on(new Exited(7, status, false));
                boolean again = switch (policy) {
                    case ALWAYS -> true;
                    case ON_FAILURE -> !status.equals(OK);
                    case NEVER -> false;
                };
                boolean well = status.equals(OK);
                assertThat(machine.state())
                        .isInstanceOf(
                                again
                                        ? ServiceState.BackingOff.class
                                        : well ? ServiceState.Down.class : ServiceState.Failed.class);
                assertThat(actions.contains(new TellDown(status))).isEqualTo(!again && well);
            }
        }
    }

    @Test
    void success_statuses_can_be_named() {
        use(spec.with(EXACT.withPolicy(RestartPolicy.ON_FAILURE).withSuccessStatuses(List.of(0, 3))));
        up(7);
        assertThat(on(new Exited(7, BAD, false))).contains(new TellDown(BAD));
    }

    @Test
    void too_many_failures_in_its_time_and_it_is_given_up_until_somebody_starts_it() {
        use(spec.with(EXACT.withCrashLimit(3, Duration.ofSeconds(10))));
        on(new Start());
        for (int i = 0; i < 2; i++) {
            on(new Spawned(7));
            on(new Exited(7, BAD, false));
            now = machine.nextDeadline();
            on(new Deadline());
        }
        on(new Spawned(7));
        assertThat(on(new Exited(7, BAD, false)))
                .contains(new TellFailed(
                        "It failed 3 times within 10 s; the last time it exited with status 3."
                                + " See what it wrote, then start it again.",
                        3));
        assertThat(machine.nextDeadline()).isEqualTo(ServiceMachine.NEVER);
        assertThat(on(new Start())).containsExactly(new Spawn());
    }

    @Test
    void failures_far_apart_are_not_a_crash_loop() {
        use(spec.with(EXACT.withCrashLimit(3, Duration.ofSeconds(10))));
        on(new Start());
        for (int i = 0; i < 20; i++) {
            on(new Spawned(7));
            now += Duration.ofSeconds(6).toNanos();
            on(new Exited(7, BAD, false));
            assertThat(machine.state()).isInstanceOf(ServiceState.BackingOff.class);
            now = machine.nextDeadline();
            on(new Deadline());
        }
    }

    @Test
    void a_command_that_cannot_be_started_at_first_fails_at_once() {
        on(new Start());
        assertThat(on(new SpawnFailed("Command \"x\" is not found.", 127)))
                .containsExactly(new TellFailed("Command \"x\" is not found.", 127));
    }

    @Test
    void a_command_that_worked_before_is_tried_again_and_says_why() {
        up(7);
        on(new Exited(7, BAD, false));
        after(100);
        assertThat(on(new SpawnFailed("too many processes", 1))).containsExactly(new TellSick("too many processes"));
        assertThat(after(200)).containsExactly(new Spawn());
    }

    @Test
    void what_is_left_of_its_group_gets_the_stop_signal_before_the_next_process_starts() {
        up(7);
        assertThat(on(new Exited(7, BAD, true)))
                .endsWith(new SignalGroup(7, Signal.TERM), new SignalGroup(7, Signal.CONT));
        assertThat(after(20)).containsExactly(new LookAtGroup(7));
        assertThat(on(new GroupGone(7))).containsExactly(new TellFinished());
        assertThat(after(100)).containsExactly(new Spawn());
    }

    @Test
    void what_is_left_of_its_group_after_a_stop_has_the_same_time_as_the_service_then_kill_then_no_more_patience() {
        up(7);
        on(new Stop());
        now += Duration.ofMillis(9_990).toNanos();
        on(new Exited(7, OK, true));
        assertThat(after(10)).containsExactly(new SignalGroup(7, Signal.KILL));
        List<ServiceAction> said = new ArrayList<>();
        long killed = now;
        while (said.isEmpty()) {
            now = machine.nextDeadline();
            said = on(new Deadline()).stream()
                    .filter(action -> !(action instanceof LookAtGroup))
                    .toList();
        }
        assertThat(said).containsExactly(new TellFinished(), new TellDown(OK));
        assertThat(now - killed).isEqualTo(ServiceMachine.SWEEP_PATIENCE.toNanos());
    }

    @Test
    void settings_that_make_no_sense_are_refused_with_what_to_change() {
        assertThatThrownBy(() -> new Pace.BackOff(Duration.ZERO, Duration.ofSeconds(1), 0, Duration.ZERO))
                .hasMessageContaining("back-off minimum PT0S must be longer than nothing");
        assertThatThrownBy(() -> Stopping.DEFAULTS.withDrain(Duration.ofSeconds(2), Duration.ofSeconds(1), List.of()))
                .hasMessageContaining("drain timeout PT1S must not be shorter");
        assertThatThrownBy(() -> ServiceSpec.of("web", List.of())).hasMessageContaining("say what to run after --");
        assertThatThrownBy(() -> Signal.named("SIGNOPE")).hasMessageContaining("use one of HUP, INT");
        assertThat(Signal.named("sigterm")).isEqualTo(Signal.named("15")).isEqualTo(Signal.TERM);
    }
}
