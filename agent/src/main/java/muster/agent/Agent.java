package muster.agent;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import java.util.function.Supplier;
import muster.agent.configuration.BadConfiguration;
import muster.agent.configuration.ClusterKey;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.Schema;
import muster.agent.discovery.Discovery;
import muster.agent.event.ClusterEvent;
import muster.agent.files.Json;
import muster.agent.files.StateFile;
import muster.agent.handlers.Handlers;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.logging.Syslog;
import muster.agent.node.Addresses;
import muster.agent.node.CannotStart;
import muster.agent.node.Counters;
import muster.agent.node.MemberChoice;
import muster.agent.node.Node;
import muster.agent.node.NodeUnavailable;
import muster.agent.node.Resolver;
import muster.agent.node.Seeds;
import muster.agent.rpc.Controls;
import muster.agent.rpc.KeyAnswer;
import muster.agent.rpc.PoolRow;
import muster.agent.rpc.QueryRequest;
import muster.agent.rpc.RpcServer;
import muster.agent.telemetry.Telemetry;
import muster.gossip.Address;
import muster.gossip.Input;
import muster.gossip.Member;
import muster.gossip.Notice;
import muster.gossip.wire.Bytes;
import muster.gossip.wire.Coordinate;
import muster.gossip.wire.Message;
import muster.gossip.wire.Tags;
import muster.supervisor.linux.FileTrouble;
import org.jspecify.annotations.Nullable;

/**
 * A running agent: a member of the cluster, the seeds it keeps to, and the RPC that others see and steer it by. Safe for
 * use by any thread.
 */
public final class Agent implements Controls, AutoCloseable {
    private static final int RPC_PORT = 7373;
    private static final long ANSWER_MILLIS =
            40_000; // a join may take the stream timeout, 30 s on a WAN; all else is at once
    private static final long LEAVE_SLACK_MILLIS = 2_000;

    private final Configuration configuration;
    private final Counters counters = new Counters();
    private final ThreadGroup platformThreads = Thread.currentThread().getThreadGroup();
    private final CompletableFuture<Integer> ended = new CompletableFuture<>();
    /** Held while their file is read or written, which may take for ever. */
    private final Object ownTagsLock = new Object();

    private final Object tagsLock = new Object(); // for a moment; may be taken within ownTagsLock
    private SortedMap<String, String> ownTags; // guarded by tagsLock
    private SortedMap<String, String> serviceTags = Collections.emptySortedMap(); // guarded by tagsLock
    private Set<String> reservedTags = Set.of(); // guarded by tagsLock
    private volatile Supplier<List<PoolRow>> pools = List::of;
    private volatile Supplier<SortedMap<String, Long>> traffic = Collections::emptySortedMap;
    private final Node node;
    private final Resolver resolver;
    private final RpcServer rpc;
    private final Past past;
    private final @Nullable Syslog syslog;
    private final boolean asSerf;
    private final Telemetry telemetry;
    private final Handlers handlers;
    private final KeptKeys keptKeys;
    private volatile @Nullable Discovery discovery;
    private volatile @Nullable Seeds seeds;
    private volatile Farewell beforeLeaving = () -> {};
    private final List<Runnable> afterReload = new CopyOnWriteArrayList<>();
    private volatile boolean leaveAsked;
    private volatile boolean nameLost;
    private final Object leaveLock = new Object();
    private @Nullable CompletableFuture<Void> leaving; // guarded by leaveLock

    private Agent(Configuration configuration, MemberChoice choice, String program) throws CannotStart {
        this.configuration = configuration;
        this.syslog = syslog(configuration, program);
        this.asSerf = program.equals("serf");
        logAsSerf(LogLevel.INFO, "agent: Serf agent starting");
        this.telemetry = Telemetry.of(configuration);
        this.ownTags = choice.base().tags();
        this.resolver = new Resolver(choice.seedPort());
        this.past = Past.read(configuration);
        this.handlers = new Handlers(
                new Handlers.Manner(
                        configuration.value(Schema.EVENT_HANDLER_TIMEOUT),
                        configuration.value(Schema.EVENT_HANDLER_DELAY),
                        configuration.value(Schema.SERIAL_EVENT_HANDLERS)),
                EnvironmentReader.forHandlers(System.getenv()),
                configuration.value(Schema.EVENT_HANDLER),
                counters,
                telemetry);
        this.keptKeys = new KeptKeys(configuration.value(Schema.KEYRING_FILE), counters);
        this.node = Node.start(choice, past.recall(), this::heard, telemetry);
        try {
            Endpoint address = configuration.value(Schema.RPC_ADDR);
            this.rpc = RpcServer.start(
                    new InetSocketAddress(Addresses.resolve(address.hostOr("127.0.0.1")), address.portOr(RPC_PORT)),
                    configuration.value(Schema.RPC_AUTH),
                    configuration.value(Schema.RPC_OPEN),
                    this,
                    counters,
                    telemetry);
        } catch (CannotStart e) {
            node.close();
            throw new CannotStart(configuration.origin(Schema.RPC_ADDR) + ": " + e.getMessage());
        }
        node.whenBroken(() -> {
            Log.line(LogLevel.ERR, "agent: this node takes no part in the cluster any more, exiting");
            ended.complete(1);
        });
        past.begin(node, resolver, counters, telemetry);
        telemetry.begin(node, platformThreads::activeCount);
        try {
            handlers.begin(node::self, this::answerByScript);
            discovery = discovery(configuration, node, counters);
        } catch (CannotStart e) {
            close();
            throw e;
        }
    }

    private static @Nullable Discovery discovery(Configuration configuration, Node node, Counters counters)
            throws CannotStart {
        String cluster = configuration.value(Schema.DISCOVER);
        if (cluster.isEmpty()) {
            return null;
        }
        try {
            return Discovery.start(
                    cluster,
                    node,
                    configuration.value(Schema.INTERFACE),
                    !configuration.value(Schema.REPLAY),
                    counters);
        } catch (CannotStart e) {
            throw new CannotStart(configuration.origin(Schema.DISCOVER) + ": " + e.getMessage());
        }
    }

    private static @Nullable Syslog syslog(Configuration configuration, String program) throws CannotStart {
        if (!configuration.value(Schema.SYSLOG)) {
            return null;
        }
        try {
            int facility = Syslog.facility(configuration.value(Schema.SYSLOG_FACILITY));
            return Syslog.start(Syslog.SOCKET, facility, program);
        } catch (IOException e) {
            throw new CannotStart(configuration.origin(Schema.SYSLOG) + ": Syslog setup failed: " + e.getMessage());
        }
    }

    /** Binds everything; seeds are not tried before {@link #keepTo}. */
    public static Agent start(Configuration configuration) throws CannotStart {
        return start(configuration, "muster");
    }

    /** The same, with the name that it has in the syslog. */
    public static Agent start(Configuration configuration, String program) throws CannotStart {
        return new Agent(configuration, MemberChoice.of(configuration), program);
    }

    public Node node() {
        return node;
    }

    /** Where RPC listens, with the port that was really bound. */
    public InetSocketAddress rpcAddress() {
        return rpc.address();
    }

    /** {@code action} runs when something inside ends the program: an RPC leave, or joins that were given up. It must not block. */
    public void whenEnded(Runnable action) {
        CompletableFuture<Void> _ = ended.thenRun(action);
    }

    /** A part that this program cannot do without has failed, which has been logged: the program ends, without success. */
    public void fail() {
        ended.complete(1);
    }

    /** With what the program ends after that. */
    public int exitCode() {
        return ended.join();
    }

    /** Whether it ended because another member keeps its name. */
    public boolean nameLost() {
        return nameLost;
    }

    public Counters counters() {
        return counters;
    }

    /** Joins these and stays with them, for ever. */
    public void keepTo(List<String> written) {
        seeds = new Seeds(
                        node,
                        resolver,
                        written,
                        configuration.value(Schema.RETRY_INTERVAL),
                        configuration.value(Schema.RETRY_MAX),
                        !configuration.value(Schema.REPLAY),
                        configuration.value(Schema.RESOLVE_ONCE),
                        this::giveUp)
                .start();
    }

    /** What {@code muster pool} shows. */
    public void showPools(Supplier<List<PoolRow>> rows) {
        pools = rows;
    }

    /** What {@code muster info} shows of a proxy: counters by name. */
    public void showTraffic(Supplier<SortedMap<String, Long>> counted) {
        traffic = counted;
    }

    /** What has to be over before this node may leave: requests in flight, an app that stops. */
    @FunctionalInterface
    public interface Farewell {
        void sayAndWait() throws InterruptedException;
    }

    /** {@code farewell} comes before the leave that an RPC client asks for. */
    public void beforeLeaving(Farewell farewell) {
        beforeLeaving = farewell;
    }

    /**
     * From now on only {@link #announce} says these tags: an operator who set one would change nothing while it is
     * announced, and announce a service that is not ready while it is not. Throws {@link IllegalArgumentException} with the
     * remedy where the operator's own tags have one.
     */
    public void reserve(Set<String> keys) {
        synchronized (tagsLock) {
            String error = refusal(ownTags.keySet(), keys);
            if (!error.isEmpty()) {
                throw new IllegalArgumentException(error);
            }
            reservedTags = Set.copyOf(keys);
        }
    }

    private static String refusal(Collection<String> keys, Set<String> reserved) {
        return keys.stream()
                .filter(reserved::contains)
                .findFirst()
                .map(key ->
                        "tag " + key + " is not for an operator to set: this node announces its services itself, with"
                                + " what -service says and while they are ready; 'muster svc down' and 'up' take one out and bring"
                                + " it back")
                .orElse("");
    }

    /** What our tags would take on the wire with these beside them; more than {@link Message#META_BYTES_MAX} is refused. */
    public int tagBytesWith(SortedMap<String, String> services) {
        synchronized (tagsLock) {
            return bytes(ownTags, services);
        }
    }

    private static boolean fit(SortedMap<String, String> own, SortedMap<String, String> services) {
        return bytes(own, services) <= Message.META_BYTES_MAX;
    }

    private static int bytes(SortedMap<String, String> own, SortedMap<String, String> services) {
        return Tags.encode(together(own, services)).size();
    }

    /** Puts these tags beside the operator's own, instead of those of the last call. Does not wait; a refusal is logged. */
    public void announce(SortedMap<String, String> services) {
        synchronized (tagsLock) {
            serviceTags = services;
            CompletableFuture<Void> _ = tellTags(ownTags, services)
                    .handle((said, failure) -> failure == null ? tooLong(said) : String.valueOf(failure.getMessage()))
                    .thenAccept(error -> {
                        if (!error.isEmpty()) {
                            Log.line(LogLevel.ERR, "agent: the services of this node cannot be announced: " + error);
                        }
                    });
        }
    }

    private static String tooLong(List<Notice> said) {
        String error = refusal(said);
        return error.isEmpty() ? "" : error + "; use fewer or shorter tags (-tag), service names or check paths";
    }

    /** The data plane saw this member fail: probe it now. Does not wait. */
    public void probeNow(String member) {
        CompletableFuture<Void> _ =
                node.tell(new Input.ProbeNow(member)).thenAccept(_ -> counters.count("probes-asked-for"));
    }

    /** Whether an RPC client has asked this node to leave; then {@link #whenEnded} follows. */
    public boolean leaveAsked() {
        return leaveAsked;
    }

    /** Leaves and waits until others have heard it, but not for ever. False when that time was not enough. May be called twice. */
    public boolean leaveInTime() throws InterruptedException {
        logAsSerf(LogLevel.INFO, "agent: requesting graceful leave from Serf");
        past.leave();
        return withdraw();
    }

    /** As {@link #leaveInTime}, but nobody wanted it: a restart may still join whom the snapshot remembers. */
    public boolean withdraw() throws InterruptedException {
        Discovery looking = discovery;
        if (looking != null) {
            looking.leave();
        }
        meetNobody();
        CompletableFuture<Void> left;
        synchronized (leaveLock) {
            left = leaving == null ? node.leave() : leaving;
            leaving = left;
        }
        long limit = configuration.value(Schema.BROADCAST_TIMEOUT).toMillis() + 1_000 + LEAVE_SLACK_MILLIS;
        try {
            left.get(limit, TimeUnit.MILLISECONDS);
            return true;
        } catch (ExecutionException | TimeoutException e) {
            Log.line(LogLevel.WARN, "agent: others may see this node as failed: its leave was not heard in time");
            return false;
        }
    }

    private void meetNobody() {
        Seeds kept = seeds;
        if (kept != null) {
            kept.close();
        }
        Discovery looking = discovery;
        if (looking != null) {
            looking.close();
        }
    }

    @Override
    public void close() {
        logAsSerf(LogLevel.INFO, "agent: requesting serf shutdown");
        if (!hasLeft()) {
            logAsSerf(LogLevel.WARN, "serf: Shutdown without a Leave");
        }
        meetNobody();
        rpc.close();
        past.close(); // while the node can still tell how it stands
        node.close();
        keptKeys.close();
        handlers.close();
        telemetry.close();
        logAsSerf(LogLevel.INFO, "agent: shutdown complete");
        if (syslog != null) {
            syslog.close();
        }
    }

    private boolean hasLeft() {
        synchronized (leaveLock) {
            return leaving != null && leaving.state() == Future.State.SUCCESS;
        }
    }

    /** Lines that only Serf's agent has; who greps its log finds them. */
    private void logAsSerf(LogLevel level, String text) {
        if (asSerf) {
            Log.line(level, text);
        }
    }

    /** {@code action} runs at the end of each {@link #reload}, whatever became of it. It must not block. */
    public void whenReloaded(Runnable action) {
        afterReload.add(action);
    }

    /** Reads the configuration anew: log level, event handlers and tags change; what else did needs a restart. */
    public synchronized void reload() {
        try {
            readAgain();
        } finally {
            afterReload.forEach(Runnable::run);
        }
    }

    private void readAgain() {
        Log.line(LogLevel.INFO, "agent: Reloading configuration...");
        try {
            Configuration fresh = configuration.again();
            synchronized (ownTagsLock) { // from before the file is read: else a change meanwhile would be undone
                SortedMap<String, String> tags = MemberChoice.tags(fresh);
                LogLevel level = LogLevel.named(fresh.value(Schema.LOG_LEVEL));
                Log.level(level == null ? LogLevel.INFO : level);
                handlers.replace(fresh.value(Schema.EVENT_HANDLER));
                String error;
                synchronized (tagsLock) {
                    if (tags.equals(ownTags)) {
                        return;
                    }
                    error = refusal(tags.keySet(), reservedTags);
                }
                error = error.isEmpty() ? tellOwnTags(tags) : error;
                if (!error.isEmpty()) {
                    Log.line(LogLevel.ERR, "agent: Failed to update tags: " + error);
                }
            }
        } catch (BadConfiguration | CannotStart | IllegalStateException e) {
            Log.line(LogLevel.ERR, "agent: Failed to reload configs, the old ones stay: " + e.getMessage());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    // What RPC clients ask for.

    @Override
    public List<Member> members() {
        return node.members();
    }

    @Override
    public JoinResult join(List<String> written, boolean replay) throws InterruptedException {
        synchronized (leaveLock) {
            if (leaving != null) {
                return new JoinResult(0, "Serf can't Join after Leave or Shutdown");
            }
        }
        Log.line(LogLevel.INFO, "agent: joining: " + written + " replay: " + replay);
        var problems = new ArrayList<String>();
        var tries = new ArrayList<CompletableFuture<String>>();
        var places = new ArrayList<String>();
        for (String each : written) {
            Resolver.Answer answer = resolver.resolve(each);
            if (!answer.problem().isEmpty()) {
                problems.add("Failed to resolve " + each + ": " + answer.problem());
            }
            for (Address address : answer.addresses()) {
                places.add(address.host());
                tries.add(node.join(address, !replay));
            }
        }
        int joined = 0;
        for (int i = 0; i < tries.size(); i++) {
            String problem = await(tries.get(i).exceptionally(failure -> String.valueOf(failure.getMessage())));
            if (problem.isEmpty()) {
                joined++;
            } else {
                problems.add("Failed to join " + places.get(i) + ": " + problem);
            }
        }
        String errors = asGoListsErrors(problems);
        if (joined > 0) {
            Log.line(LogLevel.INFO, "agent: joined: " + joined + " nodes");
        } else if (!errors.isEmpty()) {
            Log.line(
                    LogLevel.WARN,
                    "agent: error joining: " + errors.replaceAll("\\s+", " ").strip());
        }
        return new JoinResult(joined, errors);
    }

    @Override
    public String forceLeave(String name, boolean prune) throws InterruptedException {
        Log.line(LogLevel.INFO, "agent: Force leaving node: " + name);
        return refusal(await(node.tell(new Input.ForceLeave(name, prune))));
    }

    @Override
    public String sendEvent(String name, Bytes payload, boolean coalesce) throws InterruptedException {
        return refusal(await(node.tell(new Input.SendEvent(name, payload, coalesce))));
    }

    @Override
    public String query(QueryRequest query, Consumer<Notice> asker) throws InterruptedException {
        var timeout = Duration.ofNanos(Math.max(0, query.timeoutNanos()));
        return refusal(await(node.query(
                reference -> new Input.Ask(
                        reference,
                        query.name(),
                        query.payload(),
                        query.nodes(),
                        query.tags(),
                        query.ack(),
                        query.relayFactor(),
                        timeout),
                asker)));
    }

    @Override
    public void endQuery(Consumer<Notice> asker) {
        node.endQueriesOf(asker);
    }

    @Override
    public String answer(long query, Bytes payload) throws InterruptedException {
        return refusal(await(node.tell(new Input.Answer(query, payload))));
    }

    @Override
    public KeyAnswer keys(Input.KeyChange change, String key) throws InterruptedException {
        Log.line(LogLevel.INFO, "agent: " + KeyRound.said(change));
        String fault = ClusterKey.faultInGosWords(key);
        if (!fault.isEmpty()) {
            return KeyAnswer.refused(fault);
        }
        Bytes decoded;
        try {
            decoded = change == Input.KeyChange.LIST ? Bytes.EMPTY : ClusterKey.decode(key);
        } catch (IllegalArgumentException e) {
            return KeyAnswer.refused(String.valueOf(e.getMessage()));
        }
        var round = new KeyRound();
        await(node.query(reference -> new Input.AskAboutKeys(reference, change, decoded), round));
        return await(round.answer());
    }

    @Override
    public String changeTags(SortedMap<String, String> set, List<String> remove) throws InterruptedException {
        var touched = new ArrayList<>(set.keySet());
        touched.addAll(remove);
        synchronized (ownTagsLock) {
            SortedMap<String, String> own;
            boolean fit;
            synchronized (tagsLock) {
                String reserved = refusal(touched, reservedTags);
                if (!reserved.isEmpty()) {
                    return reserved;
                }
                var changed = new TreeMap<>(ownTags);
                remove.forEach(changed::remove);
                changed.putAll(set); // behind the removals, as in Serf: a tag in both is set
                own = Collections.unmodifiableSortedMap(changed);
                fit = fit(own, serviceTags);
            }
            // As Serf: first the file, so that what the cluster hears outlives a restart.
            String unkept = fit ? keep(own) : "";
            return unkept.isEmpty() ? tellOwnTags(own) : unkept;
        }
    }

    /**
     * Puts these in the place of the operator's own tags, under ownTagsLock. Announcements that come while the node has not
     * answered go out with them. Empty, or why they were refused; then those from before hold.
     */
    private String tellOwnTags(SortedMap<String, String> own) throws InterruptedException {
        SortedMap<String, String> before;
        CompletableFuture<List<Notice>> said;
        synchronized (tagsLock) {
            before = ownTags;
            ownTags = own;
            said = tellTags(own, serviceTags);
        }
        String error = refusal(await(said));
        if (!error.isEmpty()) {
            synchronized (tagsLock) {
                ownTags = before;
                // Else what was announced meanwhile would keep those that were refused.
                CompletableFuture<List<Notice>> _ = tellTags(before, serviceTags);
            }
        }
        return error;
    }

    @Override
    public void leave() throws InterruptedException {
        Log.line(LogLevel.INFO, "agent.ipc: Graceful leave triggered");
        leaveAsked = true;
        beforeLeaving.sayAndWait();
        leaveInTime();
    }

    @Override
    public void leftAndAnswered() {
        ended.complete(0);
    }

    @Override
    public SortedMap<String, SortedMap<String, String>> stats() throws InterruptedException {
        var sections = new TreeMap<String, SortedMap<String, String>>();
        sections.put("agent", section("name", node.self().name()));
        sections.put("event_handlers", handlers.facts());
        int processors = Runtime.getRuntime().availableProcessors();
        sections.put(
                "runtime",
                section(
                        "arch", System.getProperty("os.arch", ""),
                        "cpu_count", Integer.toString(processors),
                        "goroutines", Integer.toString(platformThreads.activeCount()), // the nearest thing we have
                        "max_procs", Integer.toString(processors),
                        "os", System.getProperty("os.name", "").toLowerCase(java.util.Locale.ROOT),
                        "version", "java" + Runtime.version()));
        var serf = new TreeMap<String, String>();
        await(node.ask(core -> core.facts())).forEach((name, value) -> serf.put(name, Long.toString(value)));
        serf.computeIfPresent("encrypted", (_, value) -> Boolean.toString(!value.equals("0")));
        sections.put("serf", serf);
        sections.put("tags", node.self().tags());
        var limits = new TreeMap<String, String>();
        await(node.counters()).forEach((name, value) -> limits.put(name, Long.toString(value)));
        counters.snapshot().forEach((name, value) -> limits.put(name, Long.toString(value)));
        if (Log.dropped() > 0) {
            limits.put("log-lines-dropped", Long.toString(Log.dropped()));
        }
        if (Log.leftOut() > 0) {
            limits.put("log-lines-left-out", Long.toString(Log.leftOut()));
        }
        if (telemetry.lost() > 0) {
            limits.put("figures-lost", Long.toString(telemetry.lost()));
        }
        if (syslog != null && syslog.lost() > 0) {
            limits.put("syslog-lines-lost", Long.toString(syslog.lost()));
        }
        if (!limits.isEmpty()) {
            sections.put("counters", limits);
        }
        SortedMap<String, String> snapshot = past.facts();
        if (snapshot != null) {
            sections.put("snapshot", snapshot);
        }
        var forwarded = new TreeMap<String, String>();
        traffic.get().forEach((name, value) -> {
            if (value > 0) {
                forwarded.put(name, Long.toString(value));
            }
        });
        if (!forwarded.isEmpty()) {
            sections.put("proxy", forwarded);
        }
        return sections;
    }

    @Override
    public @Nullable Coordinate coordinate(String name) throws InterruptedException {
        return await(node.ask(core -> new Found(core.coordinate(name)))).coordinate();
    }

    @Override
    public List<PoolRow> pools() {
        return pools.get();
    }

    @Override
    public void listen(Consumer<Notice> listener) {
        node.listen(listener);
    }

    @Override
    public void unlisten(Consumer<Notice> listener) {
        node.unlisten(listener);
    }

    /** {@code action} runs after each change of {@link #members}, on the node's thread: it must not block. */
    public void whenMembersChange(Runnable action) {
        node.listen(notice -> {
            if (notice instanceof Notice.OfMember) {
                action.run();
            }
        });
    }

    /** A future cannot say null and mean it. */
    private record Found(@Nullable Coordinate coordinate) {}

    private CompletableFuture<List<Notice>> tellTags(
            SortedMap<String, String> own, SortedMap<String, String> services) {
        return node.tell(new Input.SetTags(together(own, services)));
    }

    private static SortedMap<String, String> together(
            SortedMap<String, String> own, SortedMap<String, String> services) {
        var all = new TreeMap<>(own);
        all.putAll(services);
        return Collections.unmodifiableSortedMap(all);
    }

    private void giveUp(String problem) {
        Log.line(LogLevel.ERR, "agent: " + problem + ", exiting");
        ended.complete(1);
    }

    private static <T> T await(CompletableFuture<T> answer) throws InterruptedException {
        try {
            return answer.get(ANSWER_MILLIS, TimeUnit.MILLISECONDS);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof NodeUnavailable unavailable) {
                throw unavailable;
            }
            throw new IllegalStateException(
                    String.valueOf(e.getCause() == null ? e : e.getCause().getMessage()), e);
        } catch (TimeoutException e) {
            throw new NodeUnavailable("the node does not answer");
        }
    }

    private static String refusal(List<Notice> said) {
        for (Notice notice : said) {
            if (notice instanceof Notice.TagsRefused) {
                return "Encoded length of tags exceeds limit of " + Message.META_BYTES_MAX + " bytes";
            }
            if (notice instanceof Notice.EventRefused refused) {
                return refused.reason();
            }
            if (notice instanceof Notice.QueryRefused refused) {
                return refused.reason();
            }
            if (notice instanceof Notice.AnswerRefused refused) {
                return refused.reason();
            }
        }
        return "";
    }

    /** Go's multierror, which Serf's command line prints as it comes. */
    private static String asGoListsErrors(List<String> problems) {
        if (problems.isEmpty()) {
            return "";
        }
        var text = new StringBuilder()
                .append(problems.size())
                .append(problems.size() == 1 ? " error occurred:" : " errors occurred:");
        problems.forEach(problem -> text.append("\n\t* ").append(problem));
        return text.append("\n\n").toString();
    }

    /** In the file for them, if there is one. The reason why they are not, in Serf's words. */
    private String keep(SortedMap<String, String> tags) {
        String file = configuration.value(Schema.TAGS_FILE);
        if (file.isEmpty()) {
            return "";
        }
        try {
            StateFile.write(Path.of(file), Json.pretty(json -> {
                json.writeStartObject();
                tags.forEach(json::writeStringProperty);
                json.writeEndObject();
            }));
            return "";
        } catch (IOException e) {
            counters.count("tags-files-not-written");
            String error = "Failed to write tags file: " + FileTrouble.of(e);
            Log.line(LogLevel.ERR, "agent: " + error);
            return error;
        }
    }

    private void tellKept(long query, String error) {
        CompletableFuture<List<Notice>> _ = node.tell(new Input.KeysKept(query, error));
    }

    /** On the node's thread, from its first notice on. */
    private void heard(Notice notice) {
        logEvents(notice);
        handlers.hear(notice);
        if (notice instanceof Notice.KeysChanged changed) {
            keptKeys.keep(changed.keys(), error -> tellKept(changed.query(), error));
        } else if (notice instanceof Notice.NameLost) {
            // Without a leave: others would take it for that of the member who keeps the name.
            Log.line(
                    LogLevel.ERR,
                    "agent: another member has the name of this one and keeps it, quitting; start with another -node NAME");
            node.close();
            nameLost = true;
            ended.complete(1);
        }
    }

    private void answerByScript(ClusterEvent.Query query, Bytes output) throws InterruptedException {
        String error;
        try {
            error = answer(query.number(), output);
        } catch (IllegalStateException e) {
            error = String.valueOf(e.getMessage());
        }
        if (!error.isEmpty()) {
            counters.count("handler-answers-refused");
            Log.line(LogLevel.WARN, "agent: Failed to respond to query '" + query.name() + "': " + error);
        }
    }

    private static void logEvents(Notice notice) {
        switch (notice) {
            case Notice.MemberJoined _ -> received("member-join");
            case Notice.MemberUpdated _ -> received("member-update");
            case Notice.MemberLeft _ -> received("member-leave");
            case Notice.MemberFailed _ -> received("member-failed");
            case Notice.MemberReaped _ -> received("member-reap");
            case Notice.UserEventSeen event -> received("user-event: " + event.name());
            case Notice.QueryHeard query -> received("query: " + query.name());
            case Notice.NameConflict conflict ->
                Log.line(
                        LogLevel.ERR,
                        "serf: Name conflict for '" + conflict.existing().name() + "' both "
                                + conflict.existing().address() + " and " + conflict.other()
                                + " are claiming; give each node its own -node NAME");
            case Notice.MemberSuspected _,
                    Notice.MemberRefuted _,
                    Notice.MemberLeaving _,
                    Notice.NameLost _,
                    Notice.QueryAcked _,
                    Notice.QueryAnswered _,
                    Notice.KeyReply _,
                    Notice.QueryEnded _,
                    Notice.QueryRefused _,
                    Notice.AnswerRefused _,
                    Notice.KeysChanged _,
                    Notice.JoinEnded _,
                    Notice.LeaveEnded _,
                    Notice.TagsRefused _,
                    Notice.EventRefused _,
                    Notice.Logged _ -> {} // the core has logged what is worth a line
        }
    }

    private static void received(String event) {
        Log.line(LogLevel.INFO, "agent: Received event: " + event);
    }

    private static SortedMap<String, String> section(String... pairs) {
        var section = new TreeMap<String, String>();
        for (int i = 0; i < pairs.length; i += 2) {
            section.put(pairs[i], pairs[i + 1]);
        }
        return section;
    }
}
