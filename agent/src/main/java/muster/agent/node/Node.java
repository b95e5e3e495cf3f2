package muster.agent.node;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.DatagramChannel;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.security.SecureRandom;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.LongFunction;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.gossip.Address;
import muster.gossip.Effect;
import muster.gossip.Figure;
import muster.gossip.Gossip;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.Settings;
import muster.gossip.wire.Bytes;
import org.jspecify.annotations.Nullable;

/**
 * One running member: owns the protocol core, its sockets and the one thread that touches both. All public methods may be
 * called from any thread; listeners are called on the node's thread and must not block.
 */
public final class Node implements AutoCloseable {
    private static final int TOLD_MAX =
            4_096; // commands wait here for microseconds; more means that nobody waits for them
    private static final int DATAGRAMS_PER_TURN = 256; // then streams, commands and deadlines get their turn
    private static final int DATAGRAM_BYTES_MAX = 65_536;

    private final Gossip gossip;
    private final Sockets sockets;
    private final Selector selector;
    private final Consumer<Figure> figures;
    private final Streams streams;
    private final Counters counters = new Counters();
    private final BlockingQueue<Told> told = new ArrayBlockingQueue<>(TOLD_MAX);
    private final CopyOnWriteArrayList<Consumer<Notice>> listeners = new CopyOnWriteArrayList<>();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final CompletableFuture<Void> begun = new CompletableFuture<>();
    private final CompletableFuture<Void> broken = new CompletableFuture<>();
    private final Thread thread;
    private final Address advertised;
    private volatile List<Member> members;
    private volatile Member self;
    private volatile boolean closing;
    private volatile boolean left;

    // Only on the node's thread:
    private final ArrayDeque<Input> waiting = new ArrayDeque<>();
    private final List<Notice> notices = new ArrayList<>();
    private final Map<Long, CompletableFuture<String>> joins = new HashMap<>();
    private final Map<Long, Consumer<Notice>> queries = new HashMap<>();
    private final ByteBuffer received = ByteBuffer.allocateDirect(DATAGRAM_BYTES_MAX);
    private final ByteBuffer sending = ByteBuffer.allocateDirect(DATAGRAM_BYTES_MAX);
    private long lastJoin;
    private long lastQuery;
    private long steppedNanos;

    /** Something to do on the node's thread, and who waits for it. */
    private record Told(CompletableFuture<?> answer, Runnable task) {}

    private Node(Gossip gossip, Sockets sockets, Selector selector, Settings settings, Consumer<Figure> figures) {
        this.gossip = gossip;
        this.sockets = sockets;
        this.selector = selector;
        this.figures = figures;
        this.advertised = settings.advertise();
        this.streams =
                new Streams(selector, sockets.streams(), settings.timing().streamTimeout(), waiting::add, counters);
        this.members = gossip.members();
        this.self = gossip.self();
        this.thread = Thread.ofPlatform().name("gossip").unstarted(this::loop);
    }

    /**
     * Binds, and starts to take part: what comes back is already among its own {@link #members}. Where the bind port is 0, the
     * one that was found is advertised too.
     *
     * @param first what the core hears before anything else
     * @param listener hears every notice from the first one on, see {@link #listen}
     * @param figures hears what is measured, on the node's thread; it must not block
     */
    public static Node start(
            MemberChoice choice, List<Input> first, Consumer<Notice> listener, Consumer<Figure> figures)
            throws CannotStart {
        Sockets sockets = Sockets.bind(choice);
        try {
            Settings settings = choice.settings(sockets.local().getPort());
            // Nonces of encryption come from it; and no two nodes may walk through their peers in step.
            var gossip = new Gossip(settings, new SecureRandom(), System.nanoTime());
            Selector selector = Selector.open();
            var node = new Node(gossip, sockets, selector, settings, figures);
            sockets.datagrams().register(selector, SelectionKey.OP_READ, null);
            sockets.streams().register(selector, SelectionKey.OP_ACCEPT, null);
            node.listen(listener);
            node.waiting.addAll(first);
            node.thread.start();
            node.begun.join();
            return node;
        } catch (IllegalArgumentException e) {
            closeQuietly(sockets);
            throw new CannotStart(String.valueOf(e.getMessage()));
        } catch (IOException e) {
            closeQuietly(sockets);
            throw new CannotStart("cannot start the gossip sockets: " + e.getMessage());
        }
    }

    /** Where others reach us. */
    public Address advertised() {
        return advertised;
    }

    /** Where we listen, with the port that was really bound. */
    public InetSocketAddress bound() {
        return sockets.local();
    }

    /** All known members by name, ourselves included; an immutable list that is at most one turn of the loop old. */
    public List<Member> members() {
        return members;
    }

    public Member self() {
        return self;
    }

    /** Whether nobody else is alive, as far as we know. */
    public boolean isAlone() {
        String own = self.name();
        return members.stream()
                .noneMatch(member ->
                        member.status() == Member.Status.ALIVE && !member.name().equals(own));
    }

    /** {@code listener} hears every notice from now on, after {@link #members} reflects it. */
    public void listen(Consumer<Notice> listener) {
        listeners.add(listener);
    }

    public void unlisten(Consumer<Notice> listener) {
        listeners.remove(listener);
    }

    /**
     * Hands an input to the core. The result holds what the core said to it at once: a refusal, for instance. Fails with
     * {@link NodeUnavailable} when the node has stopped or cannot keep up.
     */
    public CompletableFuture<List<Notice>> tell(Input input) {
        var answer = new CompletableFuture<List<Notice>>();
        onLoop(answer, () -> answer.complete(step(input)));
        return answer;
    }

    /** Runs {@code question} on the node's thread. It must not keep the core. */
    public <T> CompletableFuture<T> ask(Function<Gossip, T> question) {
        var answer = new CompletableFuture<T>();
        onLoop(answer, () -> answer.complete(question.apply(gossip)));
        return answer;
    }

    /** Exchanges state with one address. The result is empty on success, else the error; it always comes, in the stream timeout. */
    public CompletableFuture<String> join(Address address, boolean ignoreOldEvents) {
        var answer = new CompletableFuture<String>();
        onLoop(answer, () -> {
            long reference = ++lastJoin;
            joins.put(reference, answer);
            step(new Input.Join(reference, address, ignoreOldEvents));
        });
        return answer;
    }

    /**
     * Asks the cluster. {@code question} makes an {@link Input.Ask} or {@link Input.AskAboutKeys} with the reference that it
     * is given; {@code asker} hears what comes of it, on the node's thread, up to {@link Notice.QueryEnded} or
     * {@link Notice.QueryRefused}, one of which always comes. The result holds what the core said at once.
     */
    public CompletableFuture<List<Notice>> query(LongFunction<Input> question, Consumer<Notice> asker) {
        var answer = new CompletableFuture<List<Notice>>();
        onLoop(answer, () -> {
            long reference = ++lastQuery;
            queries.put(reference, asker);
            answer.complete(step(question.apply(reference)));
        });
        return answer;
    }

    /** Nobody waits any more for what comes of this one's queries: they end, and it hears of that. Does not wait. */
    public void endQueriesOf(Consumer<Notice> asker) {
        onLoop(new CompletableFuture<>(), () -> {
            for (Map.Entry<Long, Consumer<Notice>> each : List.copyOf(queries.entrySet())) {
                if (each.getValue().equals(asker)) {
                    step(new Input.EndQuery(each.getKey()));
                }
            }
        });
    }

    /** Limits hit in the shell and the core, by name; only what is above zero. */
    public CompletableFuture<SortedMap<String, Long>> counters() {
        return ask(core -> {
            var all = new TreeMap<>(core.counters());
            all.putAll(counters.snapshot());
            return all;
        });
    }

    /** Leaves gracefully; completes when others have heard it, then the node has stopped. */
    public CompletableFuture<Void> leave() {
        var ended = new CompletableFuture<Void>();
        listen(notice -> {
            if (notice instanceof Notice.LeaveEnded) {
                left = true;
                ended.complete(null);
                closing = true;
            }
        });
        tell(new Input.Leave()).exceptionally(failure -> {
            ended.completeExceptionally(failure);
            return List.of();
        });
        return ended;
    }

    /** Stops at once, without a word to anybody. */
    @Override
    public void close() {
        closing = true;
        selector.wakeup();
        boolean interrupted = false;
        while (Thread.currentThread() != thread) {
            try {
                stopped.await();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    /** {@code action} runs if the node ends although nobody asked for it: then this member is silent. It must not block. */
    public void whenBroken(Runnable action) {
        CompletableFuture<Void> _ = broken.thenRun(action);
    }

    /** Waits for the node's end, at most this long. True when it has ended. */
    public boolean awaitEnd(long millis) throws InterruptedException {
        return stopped.await(millis, TimeUnit.MILLISECONDS);
    }

    private void onLoop(CompletableFuture<?> answer, Runnable task) {
        if (!told.offer(new Told(answer, task))) {
            counters.count("commands-refused");
            answer.completeExceptionally(new NodeUnavailable("the node has too much to do; try again in a moment"));
            return;
        }
        selector.wakeup();
        if (stopped.getCount() == 0) { // nobody takes it out any more
            failTold();
        }
    }

    private void loop() {
        boolean asked = false;
        try {
            begin();
            while (!closing) {
                try {
                    turn();
                } catch (RuntimeException e) {
                    // A fault of ours. This member going silent would cost the cluster more than a turn that was cut
                    // short.
                    counters.count("faults");
                    Log.line(LogLevel.ERR, "agent: a fault in the gossip loop, which goes on", e);
                }
            }
            asked = true;
        } catch (IOException e) {
            Log.line(LogLevel.ERR, "agent: the gossip sockets failed: " + e.getMessage());
        } finally {
            // After an Error too: whoever waits for this node must learn that it has ended.
            begun.complete(null);
            end();
            if (!asked) {
                broken.complete(null);
            }
        }
    }

    /** Before any socket is looked at. */
    private void begin() {
        takeWaiting();
        step(new Input.Deadline()); // our own start, where nothing was waiting
        begun.complete(null);
    }

    private void end() {
        streams.closeAll();
        closeQuietly(sockets);
        try {
            selector.close();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent: closing the selector: " + e.getMessage());
        }
        stopped.countDown();
        failTold();
        joins.values().forEach(join -> join.complete(whyStopped()));
        for (long reference : List.copyOf(queries.keySet())) {
            tellListeners(new Notice.QueryRefused(reference, whyStopped()));
        }
    }

    private String whyStopped() {
        return left ? "the node has left the cluster, and this agent ends" : "the node has stopped";
    }

    private void failTold() {
        for (Told next = told.poll(); next != null; next = told.poll()) {
            next.answer().completeExceptionally(new NodeUnavailable(whyStopped()));
        }
    }

    private void turn() throws IOException {
        long now = System.nanoTime();
        long deadline = Math.min(gossip.nextDeadline(), streams.nextDeadline());
        boolean busy = !waiting.isEmpty() || !told.isEmpty();
        long waitMillis = deadline == Long.MAX_VALUE ? 0 : Math.ceilDiv(deadline - now, 1_000_000L);
        if (busy || (deadline != Long.MAX_VALUE && waitMillis <= 0)) {
            selector.selectNow();
        } else {
            selector.select(waitMillis); // 0: until something happens
        }
        for (SelectionKey key : selector.selectedKeys()) {
            if (!key.isValid()) {
                continue;
            }
            if (key.channel().equals(sockets.datagrams())) {
                receive();
            } else if (key.channel().equals(sockets.streams())) {
                streams.accept(System.nanoTime());
            } else {
                streams.ready(key);
            }
        }
        selector.selectedKeys().clear();
        takeWaiting();
        for (int i = told.size(); i > 0; i--) {
            Told next = told.poll();
            if (next != null) {
                run(next);
                takeWaiting();
            }
        }
        now = System.nanoTime();
        streams.expire(now);
        takeWaiting();
        if (now >= gossip.nextDeadline()) {
            step(new Input.Deadline());
            takeWaiting();
        }
    }

    private static void run(Told told) {
        try {
            told.task().run();
        } catch (RuntimeException e) {
            told.answer().completeExceptionally(e); // a fault must not become a wait without end
            throw e;
        }
    }

    private void receive() throws IOException {
        DatagramChannel channel = sockets.datagrams();
        for (int i = 0; i < DATAGRAMS_PER_TURN; i++) {
            received.clear();
            InetSocketAddress from;
            try {
                from = (InetSocketAddress) channel.receive(received);
            } catch (java.net.PortUnreachableException e) {
                continue; // an old datagram of ours met nobody; the probe notices by itself
            }
            if (from == null) {
                return;
            }
            var bytes = new byte[received.flip().remaining()];
            received.get(bytes);
            step(new Input.Datagram(Addresses.of(from), Bytes.of(bytes)));
            takeWaiting();
        }
    }

    private void takeWaiting() {
        Input next = waiting.poll();
        while (next != null) {
            step(next);
            next = waiting.poll();
        }
    }

    private List<Notice> step(Input input) {
        notices.clear();
        steppedNanos = System.nanoTime();
        gossip.on(steppedNanos, input, this::obey);
        List<Notice> said = List.copyOf(notices);
        if (input instanceof Input.SetTags || said.stream().anyMatch(Node::changesMembers)) {
            members = gossip.members();
            self = gossip.self();
        }
        for (Notice notice : said) {
            tellListeners(notice);
        }
        return said;
    }

    private void obey(Effect effect) {
        switch (effect) {
            case Effect.SendDatagram send -> send(send.to(), send.payload());
            case Effect.OpenStream open -> streams.open(System.nanoTime(), open.stream(), open.to());
            case Effect.WriteStream write -> streams.write(write.stream(), write.bytes());
            case Effect.CloseStream close -> streams.close(close.stream());
            case Effect.Notify notify -> notices.add(notify.notice());
            case Effect.Measured(Figure figure) ->
                figures.accept(
                        figure.kind() == Figure.Kind.TOOK
                                ? Figure.time(figure.name(), System.nanoTime() - steppedNanos)
                                : figure);
        }
    }

    private void send(Address to, Bytes payload) {
        try {
            sending.clear().put(payload.array(), 0, payload.size()).flip();
            if (sockets.datagrams().send(sending, Addresses.socketAddress(to)) == 0) {
                counters.count("datagrams-dropped-by-full-send-buffer");
            }
        } catch (IOException | RuntimeException e) { // RuntimeException: an IPv6 address on an IPv4 socket
            counters.count("datagrams-refused");
            waiting.add(new Input.DatagramRefused(to));
        }
    }

    private void tellListeners(Notice notice) {
        switch (notice) {
            case Notice.Logged logged -> Log.line(level(logged.level()), logged.line());
            case Notice.JoinEnded ended -> {
                CompletableFuture<String> join = joins.remove(ended.reference());
                if (join != null) {
                    join.complete(ended.error());
                }
            }
            case Notice.QueryAcked it -> tellAsker(queries.get(it.reference()), it);
            case Notice.QueryAnswered it -> tellAsker(queries.get(it.reference()), it);
            case Notice.KeyReply it -> tellAsker(queries.get(it.reference()), it);
            case Notice.QueryEnded it -> tellAsker(queries.remove(it.reference()), it);
            case Notice.QueryRefused it -> tellAsker(queries.remove(it.reference()), it);
            case Notice.MemberJoined _,
                    Notice.MemberUpdated _,
                    Notice.MemberSuspected _,
                    Notice.MemberRefuted _,
                    Notice.MemberLeaving _,
                    Notice.MemberLeft _,
                    Notice.MemberFailed _,
                    Notice.MemberReaped _,
                    Notice.UserEventSeen _,
                    Notice.NameConflict _,
                    Notice.NameLost _,
                    Notice.QueryHeard _,
                    Notice.AnswerRefused _,
                    Notice.KeysChanged _,
                    Notice.LeaveEnded _,
                    Notice.TagsRefused _,
                    Notice.EventRefused _ -> {}
        }
        listeners.forEach(listener -> tell(listener, notice));
    }

    private void tellAsker(@Nullable Consumer<Notice> asker, Notice notice) {
        if (asker != null) {
            tell(asker, notice);
        }
    }

    private void tell(Consumer<Notice> listener, Notice notice) {
        try {
            listener.accept(notice);
        } catch (RuntimeException e) {
            // The others still hear it, and the notices behind it: one of them may end somebody's wait.
            counters.count("faults");
            Log.line(LogLevel.ERR, "agent: a fault in a listener", e);
        }
    }

    private static boolean changesMembers(Notice notice) {
        return notice instanceof Notice.OfMember || notice instanceof Notice.LeaveEnded;
    }

    private static LogLevel level(System.Logger.Level level) {
        return switch (level) {
            case ALL, TRACE -> LogLevel.TRACE;
            case DEBUG -> LogLevel.DEBUG;
            case INFO -> LogLevel.INFO;
            case WARNING -> LogLevel.WARN;
            case ERROR, OFF -> LogLevel.ERR;
        };
    }

    private static void closeQuietly(Sockets sockets) {
        try (var datagrams = sockets.datagrams();
                var streams = sockets.streams()) {
            Log.line(LogLevel.TRACE, "agent: closing " + datagrams + " and " + streams);
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "agent: closing the gossip sockets: " + e.getMessage());
        }
    }
}
