package muster.supervisor;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * All services and what they have to do with each other: commands and answers in, actions out.
 *
 * <p>An order to start a service is carried out when all it depends on is ready, its logger apart; a restart waits for nobody. In a shutdown, and when those that need a failed service are
 * stopped, it is stopped only when all that need it have ended; a shutdown ends within its budget, and as soon as nobody is
 * left; its exit code is that of the first service that failed and says {@link OnFailed#EXIT}, if that began it, otherwise the one it was begun with. One thread at a time.
 */
public final class ServiceSet {
    /** Of a shutdown's budget, this part is kept for what follows KILL: finish commands, and the reaping. */
    private static final int RESERVED_PART = 5;

    private static final Duration RESERVED_MAX = Duration.ofSeconds(1);

    private final RandomGenerator random;
    /** Of the time before KILL, this part is for those that have not had their stop signal by then. */
    private static final int SIGNALLED_PART = 3;

    private final Duration budgetWhenFailed;
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Set<String> touched = new LinkedHashSet<>();
    private @Nullable Shutdown shutdown;
    private boolean ended;
    private List<SetAction> actions = new ArrayList<>();

    /**
     * Without services.
     *
     * @param random for the jitter of back-offs
     * @param budgetWhenFailed for the shutdown that a failed service begins
     */
    public ServiceSet(RandomGenerator random, Duration budgetWhenFailed) {
        this.random = random;
        this.budgetWhenFailed = budgetWhenFailed;
    }

    /**
     * Whether these can live together.
     *
     * @throws IllegalArgumentException if one needs a service that is not there, or directly or not itself
     */
    public static void check(Collection<ServiceSpec> services) {
        var byName = new TreeMap<String, ServiceSpec>();
        for (ServiceSpec service : services) {
            if (byName.put(service.name(), service) != null) {
                throw new IllegalArgumentException("there are two services called " + service.name());
            }
        }
        for (ServiceSpec service : services) {
            for (String need : service.needs()) {
                if (!byName.containsKey(need)) {
                    throw new IllegalArgumentException("service " + service.name() + " needs " + need
                            + ", which is not there; known are " + String.join(", ", byName.keySet()));
                }
            }
        }
        var fine = new HashSet<String>();
        for (ServiceSpec service : services) {
            noCycle(service, byName, new ArrayList<>(), fine);
        }
    }

    private static void noCycle(
            ServiceSpec service, Map<String, ServiceSpec> byName, List<String> path, Set<String> fine) {
        if (path.contains(service.name())) {
            throw new IllegalArgumentException("services must not wait for each other: "
                    + String.join(" needs ", path.subList(path.indexOf(service.name()), path.size())) + " needs "
                    + service.name());
        }
        if (fine.contains(service.name())) {
            return;
        }
        path.addLast(service.name());
        for (String need : service.needs()) {
            ServiceSpec needed = byName.get(need);
            if (needed != null) {
                noCycle(needed, byName, path, fine);
            }
        }
        path.removeLast();
        fine.add(service.name());
    }

    /** Null if there is none with this name, or it was removed. */
    public @Nullable ServiceMachine machine(String name) {
        Member member = members.get(name);
        return member == null ? null : member.machine;
    }

    /** What this service, wanted up, still waits for; none if it does not wait. */
    public List<String> waitsFor(String name) {
        Member member = members.get(name);
        return member == null || member.pending == null
                ? List.of()
                : member.spec().dependsOn().stream()
                        .filter(need -> !isReady(need))
                        .toList();
    }

    /** What is asked of it, also while it waits for others. */
    public Wanted wanted(String name) {
        Member member = members.get(name);
        if (member == null) {
            return Wanted.DOWN;
        }
        return switch (member.pending) {
            case null -> member.machine.wanted();
            case ServiceEvent.StartOnce _ -> Wanted.ONCE;
            case ServiceEvent _ -> Wanted.UP;
        };
    }

    /**
     * Those of whom anything may look different since the last call: who was told something, and who waits for others. So that what nothing
     * happened to costs nothing at each event of another one.
     */
    public Set<String> takeChanged() {
        var changed = new LinkedHashSet<>(touched);
        touched.clear();
        members.forEach((name, member) -> {
            if (member.pending != null) {
                changed.add(name);
            }
        });
        return changed;
    }

    /** When it wants {@link #onDeadline}, or {@link ServiceMachine#NEVER}. */
    public long nextDeadline() {
        long next = shutdown == null || ended ? ServiceMachine.NEVER : shutdown.nextNanos();
        for (Member member : members.values()) {
            next = ServiceMachine.earlier(next, member.machine.nextDeadline());
            next = ServiceMachine.earlier(next, member.endOfFileUntilNanos);
        }
        return next;
    }

    /** One more, started unless it says otherwise; the caller has {@link #check}ed it. */
    public List<SetAction> add(long nowNanos, ServiceSpec service) {
        actions = new ArrayList<>();
        members.put(service.name(), new Member(new ServiceMachine(service, random)));
        touched.add(service.name());
        boolean wantedByOthers = members.values().stream()
                .anyMatch(other ->
                        other.pending != null && other.spec().dependsOn().contains(service.name()));
        if (!service.startDown() || wantedByOthers) {
            want(nowNanos, service.name(), new ServiceEvent.Start());
        }
        return advance(nowNanos);
    }

    /** Other settings for the one with this name; the caller has {@link #check}ed them. */
    public List<SetAction> change(long nowNanos, ServiceSpec service) {
        actions = new ArrayList<>();
        Member member = members.get(service.name());
        if (member != null) {
            member.machine.use(service);
            touched.add(service.name());
        }
        return advance(nowNanos);
    }

    /** Stops it and forgets it when it is down; the caller has checked that nobody needs it. */
    public List<SetAction> remove(long nowNanos, String name) {
        actions = new ArrayList<>();
        Member member = members.get(name);
        if (member != null) {
            member.removing = true;
            pending(member, null);
            tell(nowNanos, member, new ServiceEvent.Stop());
        }
        return advance(nowNanos);
    }

    /** A command, or the world's answer. */
    public List<SetAction> on(long nowNanos, String name, ServiceEvent event) {
        actions = new ArrayList<>();
        Member member = members.get(name);
        if (member != null) {
            switch (event) {
                case ServiceEvent.Start start -> want(nowNanos, name, start);
                case ServiceEvent.StartOnce start -> want(nowNanos, name, start);
                case ServiceEvent.Stop _,
                        ServiceEvent.StopNow _,
                        ServiceEvent.Hurry _,
                        ServiceEvent.Kill _,
                        ServiceEvent.Once _ -> {
                    waitNoMore(member);
                    tell(nowNanos, member, event);
                }
                case ServiceEvent.Restart _ when shutdown != null -> {}
                case ServiceEvent _ -> tell(nowNanos, member, event);
            }
        }
        return advance(nowNanos);
    }

    /**
     * Stops all, those that others need after them; from now on nothing is started. Where a shutdown has begun already, by a
     * failure say, it goes on, and what either of the two budgets has earlier counts.
     *
     * @param code the exit code, unless a shutdown has begun
     * @param budget how long it may take; {@link Stopping#NEVER} for as long as the services' own time-outs allow
     */
    public List<SetAction> shutdown(long nowNanos, int code, Duration budget) {
        Shutdown begun = shutdown;
        actions = new ArrayList<>();
        if (begun == null) {
            beginShutdown(nowNanos, Shutdown.of(nowNanos, code, budget));
        } else {
            shutdown = begun.orEarlier(Shutdown.of(nowNanos, code, budget));
        }
        return advance(nowNanos);
    }

    /** A {@link #shutdown} that cannot wait: no draining, no order; KILL to what has its stop signal already. */
    public List<SetAction> hurry(long nowNanos, int code, Duration budget) {
        actions = new ArrayList<>();
        if (shutdown == null) {
            beginShutdown(nowNanos, Shutdown.of(nowNanos, code, budget));
        }
        all(nowNanos, new ServiceEvent.Hurry());
        return advance(nowNanos);
    }

    /** {@link #nextDeadline()} is reached. */
    public List<SetAction> onDeadline(long nowNanos) {
        actions = new ArrayList<>();
        for (Member member : List.copyOf(members.values())) {
            if (ServiceMachine.due(nowNanos, member.endOfFileUntilNanos)) {
                member.endOfFileUntilNanos = ServiceMachine.NEVER;
                tell(nowNanos, member, new ServiceEvent.Stop());
            }
            if (ServiceMachine.due(nowNanos, member.machine.nextDeadline())) {
                tell(nowNanos, member, new ServiceEvent.Deadline());
            }
        }
        if (shutdown != null && ServiceMachine.due(nowNanos, shutdown.nextNanos())) {
            int step = shutdown.step();
            shutdown = shutdown.next();
            if (step == 0) {
                stopNow(nowNanos);
            } else {
                all(nowNanos, new ServiceEvent.Kill(step > 1));
            }
        }
        return advance(nowNanos);
    }

    private void want(long nowNanos, String name, ServiceEvent.Command start) {
        Member member = members.get(name);
        if (member == null || shutdown != null || member.removing) {
            return;
        }
        member.stopping = false;
        if (member.machine.wanted() != Wanted.DOWN) {
            tell(nowNanos, member, start);
            return;
        }
        pending(member, start);
        for (String need : member.spec().dependsOn()) {
            Member needed = members.get(need);
            if (needed != null && needed.pending == null && needed.machine.wanted() == Wanted.DOWN) {
                want(nowNanos, need, new ServiceEvent.Start());
            }
        }
    }

    /** With null it waits no more. */
    private void pending(Member member, @Nullable ServiceEvent start) {
        member.pending = start;
        touched.add(member.spec().name());
    }

    /** A machine that is down already has nothing to say when it is told to stop, but whoever listens took it for one that will run. */
    private void waitNoMore(Member member) {
        if (member.pending == null) {
            return;
        }
        pending(member, null);
        if (member.machine.state() instanceof ServiceState.Down) {
            actions.add(new SetAction.Of(member.spec().name(), new ServiceAction.TellDown(member.machine.last())));
        }
    }

    private void tell(long nowNanos, Member member, ServiceEvent event) {
        String name = member.spec().name();
        touched.add(name);
        for (ServiceAction action : member.machine.on(nowNanos, event)) {
            actions.add(new SetAction.Of(name, action));
            if (action instanceof ServiceAction.TellFailed failed) {
                failed(nowNanos, member, failed.code());
            }
        }
    }

    private void failed(long nowNanos, Member member, int code) {
        switch (member.spec().onFailed()) {
            case IGNORE -> {}
            case STOP_DEPENDENTS ->
                members.values().stream()
                        .filter(other -> dependsOn(other, member.spec().name(), new HashSet<>()))
                        .forEach(other -> other.stopping = true);
            case EXIT -> {
                if (shutdown == null) {
                    beginShutdown(nowNanos, Shutdown.of(nowNanos, code, budgetWhenFailed));
                }
            }
        }
    }

    private void beginShutdown(long nowNanos, Shutdown begun) {
        shutdown = begun;
        for (Member member : List.copyOf(members.values())) {
            member.stopping = true;
            pending(member, null);
            // What ends by itself from now on stays down, also while it waits for its turn.
            tell(nowNanos, member, new ServiceEvent.Once());
        }
    }

    /** Whoever drains, or waits for its turn; not loggers, which end by the end of their input. */
    private void stopNow(long nowNanos) {
        for (Member member : List.copyOf(members.values())) {
            if (members.values().stream()
                    .noneMatch(other -> logsTo(other, member.spec().name()))) {
                member.stopping = false;
                pending(member, null);
                tellUnlessFailed(nowNanos, member, new ServiceEvent.StopNow());
            }
        }
    }

    /** At once, whatever the order. */
    private void all(long nowNanos, ServiceEvent event) {
        for (Member member : List.copyOf(members.values())) {
            member.stopping = false;
            pending(member, null);
            member.endOfFileUntilNanos = ServiceMachine.NEVER;
            tellUnlessFailed(nowNanos, member, event);
        }
    }

    /** What has failed stays so, for those who look. */
    private void tellUnlessFailed(long nowNanos, Member member, ServiceEvent event) {
        if (!(member.machine.state() instanceof ServiceState.Failed)) {
            tell(nowNanos, member, event);
        }
    }

    /** Starts and stops whose turn it now is. */
    private List<SetAction> advance(long nowNanos) {
        boolean more = true;
        while (more) {
            more = false;
            for (Member member : List.copyOf(members.values())) {
                more |= startIfItsTurn(nowNanos, member);
                more |= stopIfItsTurn(nowNanos, member);
                more |= forgetIfDown(member);
            }
        }
        Shutdown begun = shutdown;
        if (begun != null && !ended && (begun.given() || isAtRest())) {
            ended = true;
            actions.add(new SetAction.Ended(begun.code()));
        }
        return actions;
    }

    private boolean startIfItsTurn(long nowNanos, Member member) {
        ServiceEvent start = member.pending;
        if (start == null || !member.spec().dependsOn().stream().allMatch(this::isReady)) {
            return false;
        }
        pending(member, null);
        tell(nowNanos, member, start);
        return true;
    }

    private boolean stopIfItsTurn(long nowNanos, Member member) {
        String name = member.spec().name();
        if (!member.stopping || members.values().stream().anyMatch(other -> needs(other, name) && !other.isAtRest())) {
            return false;
        }
        member.stopping = false;
        waitNoMore(member);
        boolean logger = shutdown != null && members.values().stream().anyMatch(other -> logsTo(other, name));
        if (logger && member.machine.state() instanceof ServiceState.Running) {
            // It has read all when it sees the end; a signal before that could lose the last lines.
            tell(nowNanos, member, new ServiceEvent.Once());
            actions.add(new SetAction.CloseInput(name));
            member.endOfFileUntilNanos =
                    nowNanos + member.spec().stopping().timeout().toNanos();
        } else {
            tellUnlessFailed(nowNanos, member, new ServiceEvent.Stop());
        }
        return true;
    }

    private boolean forgetIfDown(Member member) {
        if (!member.removing || !member.isAtRest()) {
            return false;
        }
        members.remove(member.spec().name());
        actions.add(new SetAction.Removed(member.spec()));
        return true;
    }

    private boolean isReady(String name) {
        Member member = members.get(name);
        return member != null
                && switch (member.machine.state()) {
                    case ServiceState.Ready _, ServiceState.Done _ -> true;
                    case ServiceState _ -> false;
                };
    }

    /** Nothing runs, and nothing will by itself. */
    public boolean isAtRest() {
        return members.values().stream().allMatch(Member::isAtRest);
    }

    private static boolean needs(Member member, String name) {
        return member.spec().needs().contains(name);
    }

    private static boolean logsTo(Member member, String name) {
        return member.spec().logging() instanceof Logging.ToService logger
                && logger.name().equals(name);
    }

    private boolean dependsOn(Member member, String name, Set<String> seen) {
        Predicate<String> leadsThere = need -> {
            Member needed = members.get(need);
            return need.equals(name) || (needed != null && seen.add(need) && dependsOn(needed, name, seen));
        };
        return member.spec().needs().stream().anyMatch(leadsThere);
    }

    private static final class Member {
        private final ServiceMachine machine;

        /** How it will be started when all it needs is ready. */
        private @Nullable ServiceEvent pending;

        /** It will be stopped when nobody needs it any more. */
        private boolean stopping;

        private boolean removing;

        /** A logger: until then it may end by itself. */
        private long endOfFileUntilNanos = ServiceMachine.NEVER;

        Member(ServiceMachine machine) {
            this.machine = machine;
        }

        ServiceSpec spec() {
            return machine.spec();
        }

        /** No process, and none will come by itself. */
        boolean isAtRest() {
            return pending == null
                    && switch (machine.state()) {
                        case ServiceState.Down _, ServiceState.Failed _ -> true;
                        // It holds nothing, but those that need it are stopped before it is undone.
                        case ServiceState.Done _ -> !stopping;
                        case ServiceState _ -> false;
                    };
        }
    }

    /**
     * One that has begun.
     *
     * @param stopNowNanos when those that drain still, or wait for their turn, get their stop signal: nobody is killed without
     * @param killNanos when all that is left is killed
     * @param killAgainNanos when the finish commands that then still run are, and what is left of a group is let be
     * @param giveUpNanos when nobody is waited for any more
     * @param step how many of these have passed
     */
    private record Shutdown(
            int code, long stopNowNanos, long killNanos, long killAgainNanos, long giveUpNanos, int step) {
        static Shutdown of(long nowNanos, int code, Duration budget) {
            long reservedNanos = Math.min(budget.toNanos() / RESERVED_PART, RESERVED_MAX.toNanos());
            long endNanos = nowNanos + budget.toNanos();
            long killNanos = endNanos - reservedNanos;
            return new Shutdown(
                    code,
                    killNanos - (killNanos - nowNanos) / SIGNALLED_PART,
                    killNanos,
                    endNanos - reservedNanos / 2,
                    endNanos,
                    0);
        }

        long nextNanos() {
            return switch (step) {
                case 0 -> stopNowNanos;
                case 1 -> killNanos;
                case 2 -> killAgainNanos;
                case 3 -> giveUpNanos;
                default -> ServiceMachine.NEVER;
            };
        }

        Shutdown next() {
            return new Shutdown(code, stopNowNanos, killNanos, killAgainNanos, giveUpNanos, step + 1);
        }

        /** The earlier instants of both; what was done is not done again. */
        Shutdown orEarlier(Shutdown other) {
            return new Shutdown(
                    code,
                    ServiceMachine.earlier(stopNowNanos, other.stopNowNanos),
                    ServiceMachine.earlier(killNanos, other.killNanos),
                    ServiceMachine.earlier(killAgainNanos, other.killAgainNanos),
                    ServiceMachine.earlier(giveUpNanos, other.giveUpNanos),
                    step);
        }

        boolean given() {
            return step > 3;
        }
    }
}
