package muster.proof.simulator;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;
import muster.gossip.Address;
import muster.gossip.Effect;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.Settings;
import muster.gossip.Timing;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Keyring;
import muster.gossip.wire.Message;
import muster.gossip.wire.MessageCodec;
import muster.gossip.wire.Packet;
import org.jspecify.annotations.Nullable;

/**
 * A cluster of members m1, m2 … in virtual time. Set it up, then {@link #run} it; the first action brings the members up
 * and lets them find each other. Every event is followed by the checks of {@link Invariants}; what breaks one throws
 * {@link Violation}. Used by one thread.
 */
public final class Cluster {
    /** The members that the others try to join through, again and again: like names in a configuration. */
    private static final int SEED_MEMBERS = 3;

    /** Larger clusters try one of them at a time: three full states for each of 500 joins are most of a run's cost. */
    private static final int JOIN_ALL_MEMBERS_MAX = 64;

    private static final int PORT = 7_946;

    /** A process that said that its leave has ended is watched this long for a last word. */
    private static final long AFTER_LEAVE_NANOS = 3_000_000_000L;

    /** By then the death of a former life, and at 50 members the longest suspicion, are history. */
    private static final long REBORN_NANOS = 60_000_000_000L;

    private static final long SECOND_NANOS = 1_000_000_000L;

    /** Timers of real machines fire a little late. */
    private static final long TIMER_LATENESS_NANOS = 1_000_000;

    private static final Duration SETTLE_MAX = Duration.ofMinutes(3);

    /** Someone saw something about a member. */
    public record Sighting(String observer, String member, Duration at) {}

    /** Listens to what goes over the wire, for measurements. */
    interface Tap {
        /** {@code node} sends this, because of {@code cause}. */
        void sent(Node node, Input cause, List<Message> messages);

        /** {@code node} is about to read this datagram. */
        void arrives(Node node, Bytes datagram);
    }

    private final Seed seed;
    private final Agenda agenda = new Agenda();
    private final List<Node> nodes = new ArrayList<>();
    private final Map<String, Node> byName = new HashMap<>();
    private final List<Effect> effects = new ArrayList<>();
    private final Trace trace = new Trace();
    private final SplittableRandom shell;
    private final SplittableRandom topology;

    private int wanted = 3;
    private Weather weather = Weather.CALM;
    private Timing timing = Timing.LAN;
    private boolean compress = true;
    private Keyring keys = Keyring.PLAIN;
    private Protocol.Maker maker = Protocol::production;

    private @Nullable Network network;
    private @Nullable Invariants invariants;
    private @Nullable Input cause;
    private @Nullable Tap tap;
    private @Nullable Consumer<String> log;
    private boolean settled;
    private boolean accurate;
    private boolean failed;
    private long joinReference;
    private long addressesGiven;
    private long events;

    private final List<Sighting> failures = new ArrayList<>();
    private final List<Sighting> suspicions = new ArrayList<>();
    private final Map<String, List<Sighting>> eventSightings = new TreeMap<>();

    Cluster(Seed seed) {
        this.seed = seed;
        this.shell = seed.stream("shell");
        this.topology = seed.stream("topology");
    }

    // Setting up.

    public Cluster members(int count) {
        wanted = count;
        return this;
    }

    /** The share of datagrams that vanish; streams suffer no harm. */
    public Cluster loss(double share) {
        return weather(weather.withLoss(share));
    }

    /** The mean one-way delay. */
    public Cluster delay(Duration mean) {
        return weather(weather.withDelay(mean));
    }

    /** From now on the network behaves like this. */
    public Cluster weather(Weather now) {
        weather = now;
        Network running = network;
        if (running != null) {
            running.weather(now);
        }
        return this;
    }

    public Weather weather() {
        return weather;
    }

    public Cluster timing(Timing profile) {
        timing = profile;
        return this;
    }

    public Cluster compress(boolean yes) {
        compress = yes;
        return this;
    }

    /** All packets are sealed with a key drawn from the seed. */
    public Cluster sealed() {
        var key = new byte[32];
        topology.nextBytes(key);
        keys = new Keyring(List.of(Bytes.of(key)));
        return this;
    }

    /** Something else than the production protocol, for self-tests. */
    public Cluster protocol(Protocol.Maker other) {
        maker = other;
        return this;
    }

    /** From now on, declaring a running member failed breaks the run: for weather that a cluster must stand. */
    public Cluster accurate(boolean yes) {
        accurate = yes;
        return this;
    }

    /** One line per notice, as it happens. */
    public Cluster log(Consumer<String> lines) {
        log = lines;
        return this;
    }

    Cluster tap(Tap listener) {
        tap = listener;
        return this;
    }

    // Acting.

    /** Starts all members, spread over {@code spread}, and lets no time pass. */
    public Cluster launch(Duration spread) {
        begin();
        for (int i = 0; i < wanted; i++) {
            Node node = add();
            long at = spread.isZero() ? 0 : topology.nextLong(spread.toNanos());
            agenda.after(at, () -> start(node, false));
        }
        settled = true;
        return this;
    }

    /** Lets this much virtual time pass. */
    public Cluster run(Duration time) {
        settle();
        runUntil(agenda.now() + time.toNanos());
        return this;
    }

    /** Lets time pass until all views agree, and gives how long that took. Throws {@link Violation} after {@code limit}. */
    public Duration untilAgreed(Duration limit) {
        settle();
        return until(this::agreed, limit, Invariant.L3_VIEWS_AGREE, this::firstDisagreement);
    }

    /** Lets time pass until {@code condition}, looked at each quarter of a second; else breaks {@code promise}. */
    Duration until(
            BooleanSupplier condition,
            Duration limit,
            Invariant promise,
            java.util.function.Supplier<String> whatIsWrong) {
        long start = agenda.now();
        long end = start + limit.toNanos();
        while (!condition.getAsBoolean()) {
            if (agenda.now() >= end) {
                throw violation(promise, "after " + seconds(limit.toNanos()) + " still: " + whatIsWrong.get());
            }
            runUntil(Math.min(end, agenda.now() + SECOND_NANOS / 4));
        }
        return Duration.ofNanos(agenda.now() - start);
    }

    /** Freezes the process for this long: inputs wait, timers do not fire. */
    public Cluster pause(String name, Duration time) {
        settle();
        pause(node(name), time);
        return this;
    }

    /** The process and its memory are gone, without a word. */
    public Cluster crash(String name) {
        settle();
        crash(node(name));
        return this;
    }

    /** Starts a process that is off: with no memory, same name, and on a new address if asked for. */
    public Cluster restart(String name, boolean newAddress) {
        settle();
        start(node(name), newAddress);
        return this;
    }

    public Cluster leave(String name) {
        settle();
        leave(node(name));
        return this;
    }

    /** Starts one more member and gives its name. */
    public String addMember() {
        settle();
        Node node = add();
        start(node, false);
        return node.name;
    }

    public Cluster tag(String name, String key, String value) {
        settle();
        setTag(node(name), key, value);
        return this;
    }

    public Cluster event(String name, String event, String payload) {
        settle();
        command(node(name), new Input.SendEvent(event, Bytes.utf8(payload), false));
        return this;
    }

    /** An operator declares a failed member left. */
    public Cluster forceLeave(String by, String member) {
        settle();
        command(node(by), new Input.ForceLeave(member, false));
        return this;
    }

    /** Cuts the cluster in two: the named members on one side, the others on the other. */
    public Cluster partition(List<String> side) {
        settle();
        var sides = new int[nodes.size()];
        for (String name : side) {
            sides[node(name).index] = 1;
        }
        partition(sides);
        return this;
    }

    /** Ends all faults of the network; the weather stays. */
    public Cluster heal() {
        settle();
        network().heal();
        return this;
    }

    // Looking.

    /** Who declared this member failed, and when. */
    public List<Sighting> failuresSeenOf(String member) {
        return failures.stream().filter(one -> one.member.equals(member)).toList();
    }

    public List<Sighting> failuresSeen() {
        return List.copyOf(failures);
    }

    public List<Sighting> suspicionsSeenOf(String member) {
        return suspicions.stream().filter(one -> one.member.equals(member)).toList();
    }

    /** Who was told of the user event with this payload. */
    public List<Sighting> eventSightings(String payload) {
        return eventSightings.getOrDefault(Bytes.utf8(payload).hex(), List.of());
    }

    /** How {@code observer} sees {@code member} now. */
    public Member.Status status(String observer, String member) {
        for (Member one : node(observer).core().members()) {
            if (one.name().equals(member)) {
                return one.status();
            }
        }
        return Member.Status.NONE;
    }

    public SortedMap<String, Long> counters(String member) {
        return node(member).core().counters();
    }

    /** The names of the members whose process runs. */
    public List<String> running() {
        return nodes.stream().filter(Node::running).map(node -> node.name).toList();
    }

    public Duration now() {
        return Duration.ofNanos(agenda.now());
    }

    public long events() {
        return events;
    }

    public long datagramsSent() {
        return network().sent;
    }

    public long datagramsLost() {
        return network().lost;
    }

    /** SHA-256 of all that happened so far. */
    public String hash() {
        return trace.hash();
    }

    /** True when every running member sees every running member as that one sees itself, and nobody else as present. */
    public boolean agreed() {
        return disagreement().isEmpty();
    }

    private String firstDisagreement() {
        return disagreement();
    }

    private String disagreement() {
        for (Node observer : nodes) {
            if (!observer.running()) {
                continue;
            }
            if (!observer.joined) {
                return observer + " has not joined";
            }
            Map<String, Member> view = new HashMap<>();
            for (Member member : observer.core().members()) {
                view.put(member.name(), member);
            }
            for (Node about : nodes) {
                String difference = difference(observer, about, view.get(about.name));
                if (!difference.isEmpty()) {
                    return difference;
                }
            }
        }
        return "";
    }

    private static String difference(Node observer, Node about, @Nullable Member seen) {
        if (about.running() && !about.leaving) {
            Member truth = about.core().self();
            if (seen == null) {
                return observer + " does not know " + about;
            }
            if (seen.status() != Member.Status.ALIVE
                    || seen.suspect()
                    || seen.incarnation() != truth.incarnation()
                    || !seen.address().equals(truth.address())
                    || !seen.tags().equals(truth.tags())) {
                return observer + " sees " + Invariants.brief(seen) + " " + seen.tags() + ", which is "
                        + Invariants.brief(truth) + " " + truth.tags();
            }
        } else if (!about.on() && seen != null && Invariants.present(seen)) {
            return observer + " sees " + Invariants.brief(seen) + ", which is off";
        }
        return "";
    }

    // For the rest of the simulator.

    Agenda agenda() {
        return agenda;
    }

    Seed seed() {
        return seed;
    }

    List<Node> nodes() {
        return nodes;
    }

    Node node(String name) {
        Node node = byName.get(name);
        if (node == null) {
            throw new IllegalArgumentException("no member is called " + name);
        }
        return node;
    }

    @Nullable
    Node find(String name) {
        return byName.get(name);
    }

    Network network() {
        Network running = network;
        if (running == null) {
            throw new IllegalStateException("the cluster has not started");
        }
        return running;
    }

    private Invariants invariants() {
        Invariants checks = invariants;
        if (checks == null) {
            throw new IllegalStateException("the cluster has not started");
        }
        return checks;
    }

    void tapped(Node node, List<Message> messages) {
        Tap listener = tap;
        Input why = cause;
        if (listener != null && why != null) {
            listener.sent(node, why, messages);
        }
    }

    void suspected(Node observer, Member member, String by) {
        if (by.equals(observer.name)) {
            suspicions.add(new Sighting(observer.name, member.name(), now()));
        }
    }

    void failed(Node observer, Member member) {
        failures.add(new Sighting(observer.name, member.name(), now()));
        Node about = node(member.name());
        if (accurate && healthy(about, member)) {
            throw violation(
                    Invariant.L2_HEALTHY_MEMBERS_DO_NOT_FAIL,
                    observer + " declared " + Invariants.brief(member) + " failed, which runs");
        }
        if (accurate && about.leaving) {
            throw violation(
                    Invariant.L7_LEAVING_IS_NOT_FAILING,
                    observer + " declared " + Invariants.brief(member) + " failed, which left");
        }
    }

    /** The failure is of this life of the process, not of the one before, and the others had time to tell them apart. */
    private boolean healthy(Node about, Member seen) {
        boolean old = about.life == 1 || agenda.now() - about.bornAtNanos > REBORN_NANOS;
        return about.on() && !about.leaving && old && about.address.equals(seen.address());
    }

    void eventSeen(Node observer, Notice.UserEventSeen event) {
        eventSightings
                .computeIfAbsent(event.payload().hex(), payload -> new ArrayList<>())
                .add(new Sighting(observer.name, event.name(), now()));
    }

    Violation violation(Invariant invariant, String what) {
        return new Violation(
                invariant, what + " [" + seed + ", t=" + seconds(agenda.now()) + ", event " + events + "]");
    }

    static String seconds(long nanos) {
        return String.format(java.util.Locale.ROOT, "%.3f s", nanos / 1e9);
    }

    // Bringing up.

    private void settle() {
        if (!settled) {
            launch(Duration.ofSeconds(1));
            runUntil(agenda.now() + SECOND_NANOS);
            untilAgreed(SETTLE_MAX);
        }
    }

    private void begin() {
        if (network != null) {
            throw new IllegalStateException("the cluster has started");
        }
        var fresh = new Network(this, seed, keys);
        fresh.weather(weather);
        network = fresh;
        invariants = new Invariants(this, keys);
    }

    Node add() {
        var node = new Node(nodes.size(), "m" + (nodes.size() + 1), nextAddress());
        nodes.add(node);
        byName.put(node.name, node);
        return node;
    }

    private Address nextAddress() {
        long number = ++addressesGiven;
        return new Address(Bytes.of(new byte[] {10, (byte) (number >> 16), (byte) (number >> 8), (byte) number}), PORT);
    }

    // What happens to processes.

    void start(Node node, boolean newAddress) {
        if (node.on()) {
            return;
        }
        if (newAddress) {
            node.address = nextAddress();
        }
        node.life++;
        SplittableRandom birth = seed.stream("birth " + node.name, node.life);
        // System.nanoTime may be negative and differs between machines.
        node.clockOffsetNanos = birth.nextLong(-(1L << 60), 1L << 60);
        node.tags = new TreeMap<>(Map.of("role", "backend", "svc.web", "80;life=" + node.life));
        Settings plain = Settings.of(node.name, node.address, Collections.unmodifiableSortedMap(node.tags));
        var settings = new Settings(
                plain.name(),
                plain.advertise(),
                plain.tags(),
                timing,
                keys.keys(),
                compress,
                plain.reconnectEvery(),
                plain.reconnectTimeout(),
                plain.tombstoneTimeout(),
                plain.leavePropagateDelay(),
                plain.broadcastTimeout());
        node.power = Node.Power.RUNNING;
        node.bornAtNanos = agenda.now();
        node.wakeAtNanos = Long.MAX_VALUE;
        node.lastAccepted = 0;
        node.leaving = false;
        node.joined = false;
        node.joinsPending = 0;
        node.joinRounds = 0;
        node.backlog.clear();
        node.streams.clear();
        node.protocol = maker.make(settings, birth.split(), agenda.now() + node.clockOffsetNanos);
        invariants().born(node);
        network().attach(node);
        say(node, "starts at " + node.address);
        trace.add(agenda.now()).add(node.index).add("start");
        planWakeUp(node);
        join(node, node.life);
    }

    /** Tries seed members, at the addresses that they have now; later again if none answered. */
    private void join(Node node, int life) {
        if (node.life != life || !node.on() || node.joined || node.leaving) {
            return;
        }
        if (!node.running()) {
            agenda.after(SECOND_NANOS, () -> join(node, life));
            return;
        }
        List<Node> seeds = nodes.stream()
                .limit(SEED_MEMBERS)
                .filter(other -> other != node)
                .toList();
        if (seeds.isEmpty()) {
            node.joined = true;
            return;
        }
        List<Node> tried = wanted <= JOIN_ALL_MEMBERS_MAX
                ? seeds
                : List.of(seeds.get((node.index + node.joinRounds) % seeds.size()));
        node.joinRounds++;
        node.joinsPending = tried.size();
        for (Node other : tried) {
            if (node.life == life && node.running()) {
                process(node, new Input.Join(++joinReference, other.address, true), false);
            }
        }
    }

    void crash(Node node) {
        if (!node.on()) {
            return;
        }
        say(node, "crashes");
        trace.add(agenda.now()).add(node.index).add("crash");
        stop(node);
    }

    private void stop(Node node) {
        node.power = Node.Power.OFF;
        network().detach(node);
        for (Connection.End end : List.copyOf(node.streams.values())) {
            end.vanish();
        }
        node.streams.clear();
        node.backlog.clear();
        invariants().died(node);
        node.protocol = null;
        node.watch = null;
    }

    void leave(Node node) {
        if (node.running() && !node.leaving) {
            say(node, "is asked to leave");
            node.leaving = true;
            command(node, new Input.Leave());
        }
    }

    void pause(Node node, Duration time) {
        if (!node.running()) {
            return;
        }
        say(node, "freezes for " + seconds(time.toNanos()));
        node.power = Node.Power.PAUSED;
        int life = node.life;
        agenda.after(time.toNanos(), () -> {
            if (node.life == life) {
                resume(node);
            }
        });
    }

    void resume(Node node) {
        if (node.power != Node.Power.PAUSED) {
            return;
        }
        say(node, "thaws");
        node.power = Node.Power.RUNNING;
        node.lastTroubleNanos = agenda.now();
        // Timers and sockets are served in any order after a thaw.
        boolean timersFirst = shell.nextBoolean();
        if (timersFirst) {
            wake(node);
        }
        while (node.running() && !node.backlog.isEmpty()) {
            Node.Arrival next = node.backlog.remove();
            process(node, next.input(), next.damaged());
        }
        if (node.on()) {
            wake(node);
        }
    }

    void setTag(Node node, String key, String value) {
        if (node.running() && !node.leaving) {
            node.tags = new TreeMap<>(node.tags);
            node.tags.put(key, value);
            command(node, new Input.SetTags(Collections.unmodifiableSortedMap(node.tags)));
        }
    }

    void command(Node node, Input input) {
        if (node.running()) {
            process(node, input, false);
        }
    }

    void partition(int[] sides) {
        network().partition(sides);
        say(null, "the network splits");
    }

    // The life of one event.

    private void runUntil(long nanos) {
        if (failed) {
            throw new IllegalStateException("this run broke a promise already");
        }
        boolean whole = false;
        try {
            while (agenda.step(nanos)) {
                // everything happens inside
            }
            agenda.passTo(nanos);
            whole = true;
        } finally {
            failed = !whole;
        }
    }

    /** A datagram reaches an address; whoever lives there now gets it. */
    void arriveAt(Address to, Address from, Bytes payload, boolean damaged) {
        Node node = network().at(to);
        if (node != null && node.on()) {
            arrive(node, node.life, new Input.Datagram(from, payload), damaged);
        }
    }

    /** Something reaches this life of a process; a frozen one finds it later. */
    void arrive(Node node, int life, Input input, boolean damaged) {
        if (node.life != life || !node.on()) {
            return;
        }
        if (node.power == Node.Power.PAUSED) {
            if (node.backlog.size() < Node.BACKLOG_MAX || !(input instanceof Input.Datagram)) {
                node.backlog.add(new Node.Arrival(input, damaged));
            }
            return;
        }
        process(node, input, damaged);
    }

    private void process(Node node, Input input, boolean damaged) {
        switch (input) {
            case Input.StreamAccepted(long stream, Address from) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamConnected(long stream) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamBytes(long stream, Bytes bytes) -> {
                if (!node.streams.containsKey(stream)) {
                    return;
                }
            }
            case Input.StreamClosed(long stream, String reason) -> {
                if (node.streams.remove(stream) == null) {
                    return;
                }
            }
            case Input.Datagram(Address from, Bytes payload) -> {
                Tap listener = tap;
                if (listener != null) {
                    listener.arrives(node, payload);
                }
            }
            case Input.DatagramRefused refused -> {}
            case Input.Deadline deadline -> {}
            case Input.Join join -> {}
            case Input.Leave leave -> {}
            case Input.Recall recall -> {}
            case Input.SetTags tags -> {}
            case Input.ProbeNow probe -> {}
            case Input.ForceLeave force -> {}
            case Input.SendEvent event -> {}
        }
        events++;
        cause = input;
        record(node, input);
        invariants().before(node, input, damaged);
        effects.clear();
        try {
            node.core().on(agenda.now() + node.clockOffsetNanos, input, effects::add);
        } catch (RuntimeException | StackOverflowError | OutOfMemoryError e) {
            throw (Violation) violation(Invariant.S0_NEVER_THROWS, node + " threw " + e + " on " + input)
                    .initCause(e);
        }
        invariants().after(node, input, effects);
        var asked = List.copyOf(effects);
        for (Effect effect : asked) {
            obey(node, effect);
        }
        if (node.on()) {
            planWakeUp(node);
        }
    }

    private void obey(Node node, Effect effect) {
        switch (effect) {
            case Effect.SendDatagram(Address to, Bytes payload) -> {
                trace.add(to.port()).add(to.ip()).add(payload);
                network().send(node, to, payload);
            }
            case Effect.OpenStream(long stream, Address to) -> {
                trace.add(stream).add(to.ip());
                network().open(node, stream, to);
            }
            case Effect.WriteStream(long stream, Bytes bytes) -> {
                trace.add(stream).add(bytes);
                Connection.End end = node.streams.get(stream);
                if (end != null) {
                    end.write(bytes);
                }
            }
            case Effect.CloseStream(long stream) -> {
                trace.add(stream);
                Connection.End end = node.streams.remove(stream);
                if (end != null) {
                    end.close();
                }
            }
            case Effect.Notify(Notice notice) -> hear(node, notice);
        }
    }

    private void hear(Node node, Notice notice) {
        if (!(notice instanceof Notice.Logged)) {
            trace.add(notice.toString());
        }
        say(node, notice);
        if (notice instanceof Notice.JoinEnded(long reference, Address address, String error)) {
            node.joinsPending--;
            node.joined |= error.isEmpty();
            if (node.joinsPending == 0 && !node.joined) {
                int life = node.life;
                long backOffNanos = SECOND_NANOS + shell.nextLong(SECOND_NANOS * Math.min(5, node.joinRounds));
                agenda.after(backOffNanos, () -> join(node, life));
            }
        } else if (notice instanceof Notice.LeaveEnded) {
            node.power = Node.Power.LEFT;
            int life = node.life;
            agenda.after(AFTER_LEAVE_NANOS / 2, () -> temptToSpeak(node, life));
            agenda.after(AFTER_LEAVE_NANOS, () -> {
                if (node.life == life && node.on()) {
                    stop(node);
                }
            });
        }
    }

    /** What would have made it speak before its leave ended: a timer, a ping for it, news to tell on. */
    private void temptToSpeak(Node node, int life) {
        if (node.life != life || !node.on()) {
            return;
        }
        process(node, new Input.Deadline(), false);
        for (Message message : List.of(
                new Message.Ping(1, node.name, Bytes.EMPTY, 0, ""),
                new Message.Dead(node.incarnationMax, node.name, nodes.getFirst().name))) {
            Bytes datagram = Packet.encode(List.of(MessageCodec.encode(message)), false, false, keys, shell);
            process(node, new Input.Datagram(nodes.getFirst().address, datagram), false);
        }
    }

    private void planWakeUp(Node node) {
        long deadline = node.core().nextDeadline();
        if (deadline == Long.MAX_VALUE) {
            return;
        }
        long at = Math.max(agenda.now(), deadline - node.clockOffsetNanos);
        if (at < node.wakeAtNanos) {
            node.wakeAtNanos = at;
            int life = node.life;
            agenda.at(at + shell.nextLong(TIMER_LATENESS_NANOS), () -> {
                if (node.life == life && node.wakeAtNanos == at) {
                    wake(node);
                }
            });
        }
    }

    private void wake(Node node) {
        node.wakeAtNanos = Long.MAX_VALUE;
        if (node.power == Node.Power.PAUSED || !node.on()) {
            return;
        }
        if (node.core().nextDeadline() - node.clockOffsetNanos <= agenda.now()
                && node.core().nextDeadline() != Long.MAX_VALUE) {
            process(node, new Input.Deadline(), false);
        } else {
            planWakeUp(node);
        }
    }

    // Traces.

    private void record(Node node, Input input) {
        trace.add(agenda.now()).add(node.index);
        switch (input) {
            case Input.Datagram(Address from, Bytes payload) ->
                trace.add(1).add(from.ip()).add(payload);
            case Input.StreamBytes(long stream, Bytes bytes) ->
                trace.add(2).add(stream).add(bytes);
            case Input.Deadline deadline -> trace.add(3);
            default -> trace.add(4).add(input.toString());
        }
    }

    private void say(@Nullable Node node, Object what) {
        Consumer<String> lines = log;
        if (lines != null) {
            lines.accept(seconds(agenda.now()) + " " + (node == null ? "" : node + " ") + what);
        }
    }
}
