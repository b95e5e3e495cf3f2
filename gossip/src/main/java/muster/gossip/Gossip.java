package muster.gossip;

import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.random.RandomGenerator;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.Decoded;
import muster.gossip.wire.Message;
import muster.gossip.wire.Packet;
import muster.gossip.wire.Rejection;
import muster.gossip.wire.SerfCodec;
import muster.gossip.wire.SerfMessage;
import muster.gossip.wire.Tags;
import org.jspecify.annotations.Nullable;

/**
 * One member of a cluster: the whole protocol, without the world. Not thread-safe: one thread at a time calls it, in the
 * order in which things happened. Same settings, seed and inputs give the same effects.
 *
 * <p>This class only hands inputs to the parts; {@link Lifecycle} is memberlist's heart, {@link Prober} the failure
 * detector, {@link Intents} and {@link Standing} are Serf's.
 */
public final class Gossip {
    private final World world;
    private final Roster roster;
    private final Rumours rumours;
    private final Awareness awareness;
    private final Lifecycle lifecycle;
    private final LamportClock clock;
    private final EarlyIntents early;
    private final Intents intents;
    private final UserEvents events;
    private final Queries queries;
    private final Asking asking;
    private final Answering answering;
    private final NameConflicts names;
    private final Whereabouts whereabouts;
    private final Exchanges exchanges;
    private final Prober prober;
    private final Healing healing;
    private final Departure departure;

    /**
     * {@code random} also makes the nonces of encrypted packets: with keys it must be a cryptographically strong one,
     * except in simulations. Throws {@link IllegalArgumentException} with the remedy when the settings cannot be: tags too
     * long, a bad key or name.
     */
    public Gossip(Settings settings, RandomGenerator random, long nowNanos) {
        world = new World(settings, random, nowNanos);
        Bytes meta = Tags.encode(settings.tags());
        if (meta.size() > Message.META_BYTES_MAX) {
            throw new IllegalArgumentException("the tags take " + meta.size() + " bytes encoded and may take "
                    + Message.META_BYTES_MAX + ": use fewer or shorter ones");
        }
        roster = new Roster(world, meta, Versions.OURS);
        rumours = new Rumours(world, roster);
        awareness = new Awareness(score -> world.measured(Figure.gauge("memberlist.health.score", score)));
        early = new EarlyIntents(world);
        var standing = new Standing(world, roster, early);
        lifecycle = new Lifecycle(world, roster, rumours, awareness, standing, this::lastQuestion);
        clock = new LamportClock(world);
        intents = new Intents(world, roster, standing, rumours, early, clock);
        events = new UserEvents(world, rumours);
        var queryClock = new LamportClock(world);
        asking = new Asking(world, roster, rumours.post(), queryClock, rumours::longest, this::askedByUs);
        names = new NameConflicts(world, roster, asking);
        answering = new Answering(world, roster, rumours.post(), asking, new Keys(world));
        queries = new Queries(world, rumours, queryClock, answering);
        whereabouts = new Whereabouts(world);
        var shared = new SharedState(roster, intents, clock, events, queries);
        exchanges = new Exchanges(world, roster, lifecycle, shared, this::doubt, this::user);
        prober = new Prober(world, roster, lifecycle, awareness, exchanges, rumours.post(), whereabouts);
        healing = new Healing(world, roster, exchanges);
        departure = new Departure(world, roster, rumours, intents, lifecycle, prober, exchanges);
        var reaper = new Reaper(world, roster, standing, early);
        world.agenda.at(nowNanos, () -> {
            standing.joined(roster.self());
            lifecycle.announce();
            prober.start();
            exchanges.startSyncing();
            healing.start();
            reaper.start();
        });
    }

    /** Takes one input in. {@code nowNanos} is a monotonic clock and never falls. Never throws on bytes from outside. */
    public void on(long nowNanos, Input input, Effects effects) {
        if (departure.done()) {
            return;
        }
        world.enter(nowNanos, effects);
        if (roster.self().status == Member.Status.NONE) {
            // The first input, whatever it is: our own start comes before it.
            world.agenda.run(nowNanos);
        }
        take(input);
        departure.endIfAlone();
        if (!departure.done()) {
            rumours.settle();
        }
        world.exit();
    }

    private void take(Input input) {
        switch (input) {
            case Input.Deadline() -> deadline();
            case Input.Datagram(Address from, Bytes payload) -> datagram(from, payload);
            case Input.DatagramRefused(Address to) -> prober.refused(to);
            case Input.StreamAccepted(long stream, Address from) -> exchanges.accepted(stream, from);
            case Input.StreamConnected(long stream) -> exchanges.connected(stream);
            case Input.StreamBytes(long stream, Bytes bytes) -> exchanges.bytes(stream, bytes);
            case Input.StreamClosed(long stream, String reason) -> exchanges.closed(stream, reason);
            case Input.Join(long reference, Address address, boolean ignoreOldEvents) ->
                join(reference, address, ignoreOldEvents);
            case Input.Leave() -> departure.begin();
            case Input.Recall(long time, long eventTime, long queryTime) -> {
                clock.witness(time);
                events.recall(eventTime);
                queries.recall(queryTime);
            }
            case Input.SetTags(SortedMap<String, String> tags) -> retag(tags);
            case Input.ProbeNow(String member) -> probeNow(member);
            case Input.ForceLeave(String member, boolean prune) -> forceLeave(member, prune);
            case Input.Ask ask -> ask(ask);
            case Input.AskAboutKeys ask -> askAboutKeys(ask);
            case Input.EndQuery(long reference) -> asking.end(reference);
            case Input.KeysKept(long query, String error) -> answering.keysKept(query, error);
            case Input.Answer(long query, Bytes payload) -> answering.answer(query, payload);
            case Input.SendEvent(String name, Bytes payload, boolean coalesce) -> {
                if (!departure.begun()) {
                    events.send(name, payload, coalesce);
                }
            }
        }
    }

    /**
     * Timers run only here and not with the other inputs, so that a shell that was held up can first hand in what has
     * arrived meanwhile.
     */
    private void deadline() {
        long late = world.agenda.next() == Long.MAX_VALUE ? 0 : world.now() - world.agenda.next();
        if (late > world.timing.probeEvery().toNanos()) {
            world.count(Counter.STANDSTILLS);
            awareness.add(1);
            prober.forgive();
            lifecycle.forgive(late);
        }
        world.agenda.run(world.now());
    }

    private void datagram(Address from, Bytes payload) {
        world.count(Counter.DATAGRAMS_RECEIVED);
        world.measured(Figure.count("memberlist.udp.received", payload.size()));
        switch (Packet.decode(payload, world.keys)) {
            case Decoded.Rejected<Packet>(Rejection reason, int offset) -> {
                world.counters().add(reason);
                String words = KeyTrouble.ofDatagram(reason, payload);
                if (!words.isEmpty()) {
                    world.log(
                            System.Logger.Level.ERROR,
                            "memberlist: " + words + " from=" + from + ": "
                                    + KeyTrouble.remedy(reason, "the member there"));
                }
            }
            case Decoded.Ok<Packet>(Packet(List<Message> messages, List<Rejection> badParts)) -> {
                badParts.forEach(world.counters()::add);
                // Deaths last: a leave intent or a refutation in the same packet belongs before them.
                for (Message message : messages) {
                    if (!(message instanceof Message.Dead)) {
                        message(from, message);
                    }
                }
                for (Message message : messages) {
                    if (message instanceof Message.Dead dead) {
                        lifecycle.dead(dead);
                    }
                }
            }
        }
    }

    private void message(Address from, Message message) {
        switch (message) {
            case Message.Ping ping -> prober.heard(ping, from);
            case Message.IndirectPing request -> prober.heard(request, from);
            case Message.Ack ack -> prober.heard(ack);
            case Message.Nack nack -> prober.heard(nack);
            case Message.Suspect suspect -> lifecycle.suspect(suspect);
            case Message.Alive alive -> {
                Row claimed = lifecycle.alive(alive);
                if (claimed != null) {
                    doubt(claimed);
                }
            }
            case Message.Dead dead -> lifecycle.dead(dead);
            case Message.User(Bytes payload) -> user(payload);
            case Message.PushPull pushPull -> world.counters().add(Rejection.NOT_ALLOWED_HERE);
            case Message.ErrorReply error -> world.counters().add(Rejection.NOT_ALLOWED_HERE);
        }
    }

    private void user(Bytes payload) {
        world.measured(Figure.sample("serf.msgs.received", payload.size()));
        switch (SerfCodec.decode(payload)) {
            case Decoded.Rejected<SerfMessage>(Rejection reason, int offset) ->
                world.counters().add(reason);
            case Decoded.Ok<SerfMessage>(SerfMessage message) -> {
                switch (message) {
                    case SerfMessage.Join join -> intents.heard(join);
                    case SerfMessage.Leave leave -> intents.heard(leave);
                    case SerfMessage.UserEvent event -> events.heard(event, payload);
                    case SerfMessage.Query query -> queries.heard(query, payload);
                    case SerfMessage.QueryResponse response -> asking.heard(response);
                    case SerfMessage.Relay relay -> queries.heard(relay);
                    case SerfMessage.State state -> world.counters().add(Rejection.NOT_ALLOWED_HERE);
                }
            }
        }
    }

    /** Two claim this member's name: find out at once whether the one that we know still lives. */
    private void doubt(Row row) {
        if (row != roster.self()) {
            prober.outOfTurn(row);
        } else if (world.settings.resolveNames()) {
            names.contested();
        }
    }

    private void ask(Input.Ask ask) {
        if (departure.begun()) {
            world.tell(new Notice.QueryRefused(ask.reference(), "this member is leaving"));
        } else {
            asking.ask(ask);
        }
    }

    private void askedByUs(SerfMessage.Query query, Bytes encoded) {
        queries.heard(query, encoded);
    }

    private void askAboutKeys(Input.AskAboutKeys ask) {
        if (departure.begun()) {
            world.tell(new Notice.QueryRefused(ask.reference(), "this member is leaving"));
        } else {
            asking.ask(ask);
        }
    }

    private void lastQuestion(Row suspect) {
        prober.lastQuestion(suspect);
    }

    private void join(long reference, Address address, boolean ignoreOldEvents) {
        if (departure.begun()) {
            world.tell(new Notice.JoinEnded(reference, address, "this member is leaving"));
            return;
        }
        healing.remember(address);
        exchanges.swap(address, true, ignoreOldEvents, error -> {
            // A join that ends while we leave must not take the leave back.
            if (error.isEmpty() && !departure.begun()) {
                intents.announceJoin();
            }
            world.tell(new Notice.JoinEnded(reference, address, error));
        });
    }

    private void retag(SortedMap<String, String> tags) {
        Bytes meta = Tags.encode(tags);
        if (meta.size() > Message.META_BYTES_MAX) {
            world.count(Counter.TAGS_REFUSED);
            world.tell(new Notice.TagsRefused(meta.size(), Message.META_BYTES_MAX));
        } else if (!departure.begun() && !tags.equals(roster.self().tags)) {
            lifecycle.retag(tags, meta);
        }
    }

    private void probeNow(String member) {
        Row row = roster.find(member);
        if (row != null && !departure.begun()) {
            prober.outOfTurn(row);
        }
    }

    private void forceLeave(String member, boolean prune) {
        if (member.equals(world.settings.name()) || departure.begun()) {
            world.count(Counter.FORCE_LEAVE_REFUSED);
            world.warn("serf: refusing to remove " + member + ": this is the member itself, use leave");
        } else {
            intents.forceLeave(member, prune);
        }
    }

    /** When {@link Input.Deadline} is wanted next, in the clock of {@link #on}. {@link Long#MAX_VALUE}: never again. */
    public long nextDeadline() {
        return world.agenda.next();
    }

    /** All known members by name, ourselves included, as of the last input; an immutable copy. */
    public List<Member> members() {
        return roster.members();
    }

    /** The member of that name, or null. */
    public @Nullable Member member(String name) {
        Row row = roster.find(name);
        return row == null ? null : row.member();
    }

    /** Ourselves. */
    public Member self() {
        return roster.self().member();
    }

    /** Our place in Serf's network coordinates. */
    public Coordinate coordinate() {
        return whereabouts.here();
    }

    /** A member's place, as its last direct ack said; null when none did yet. */
    public @Nullable Coordinate coordinate(String member) {
        Row row = roster.find(member);
        if (row == null) {
            return null;
        }
        return row == roster.self() ? whereabouts.here() : row.coordinate;
    }

    /** Facts for {@code info}: health score, clocks, queue lengths, with Serf's names for them. */
    public SortedMap<String, Long> facts() {
        var facts = new TreeMap<String, Long>();
        facts.put("members", (long) roster.known());
        facts.put("failed", (long) roster.failed());
        facts.put("left", (long) roster.left());
        facts.put("health_score", (long) awareness.score());
        facts.put("member_time", clock.time());
        facts.put("event_time", events.clock().time());
        facts.put("query_time", queries.clock().time());
        facts.put("intent_queue", (long) rumours.intentsWaiting());
        facts.put("event_queue", (long) rumours.eventsWaiting());
        facts.put("query_queue", (long) rumours.queriesWaiting());
        facts.put("encrypted", world.keys.isEmpty() ? 0L : 1L);
        facts.put("coordinate_resets", whereabouts.resets());
        return facts;
    }

    /** How often each limit was hit and each rejection counted, by name; only what is above zero. */
    public SortedMap<String, Long> counters() {
        return world.counters().all();
    }

    /**
     * A number over all that is believed and all that waits to be said; counters and timers are left out. Equal before and
     * after an input that must change nothing. Takes time in proportion to the members: for tests and simulations.
     */
    public long stateDigest() {
        var digest = new Digest();
        for (Row row : roster.all()) {
            digest.add(row.name)
                    .add(row.address.ip())
                    .add(row.address.port())
                    .add(row.meta)
                    .add(row.versions)
                    .add(row.incarnation)
                    .add(row.life.name())
                    .add(row.sinceNanos)
                    .add(row.status.name())
                    .add(row.statusTime)
                    .add(row.suspicion == null ? -1 : row.suspicion.confirmations());
        }
        return digest.add(clock.time())
                .add(events.clock().time())
                .add(events.size())
                .add(queries.clock().time())
                .add(early.size())
                .add(rumours.waiting())
                .add(awareness.score())
                .add(prober.pending())
                .add(exchanges.size())
                .add(asking.size())
                .add(answering.size())
                .value();
    }
}
