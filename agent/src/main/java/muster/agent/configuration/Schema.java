package muster.agent.configuration;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Every setting there is, once. Names are Serf's where Serf has them; flags, file keys, {@code MUSTER_} variables,
 * defaults, help texts and checks all derive from here.
 */
public final class Schema {
    private static final SortedMap<String, String> NO_TAGS = java.util.Collections.emptySortedMap();

    public static final Setting<List<String>> CONFIG_FILE = Setting.of(
            "config-file",
            Kind.commaList("FILE"),
            List.of(),
            "YAML (or Serf's JSON) file with settings; may be repeated, later files win");
    public static final Setting<List<String>> CONFIG_DIR = Setting.of(
            "config-dir",
            Kind.commaList("DIR"),
            List.of(),
            "directory whose *.json, *.yaml and *.yml are read in order of their names, before -config-file");

    // Who we are and where.
    public static final Setting<String> NODE = new Setting<>(
            "node", "node_name", Kind.text("NAME"), "", "unique name of this node (default: the host name)");
    public static final Setting<Endpoint> BIND = Setting.of(
            "bind",
            Kind.ADDRESS,
            new Endpoint("0.0.0.0", Endpoint.NO_PORT),
            "gossip address, UDP and TCP; without a port 7946 is used, port 0 picks a free one");
    public static final Setting<String> INTERFACE = new Setting<>(
            "iface", "interface", Kind.text("NAME"), "", "network interface whose address is bound and advertised");
    public static final Setting<Endpoint> ADVERTISE = Setting.of(
            "advertise",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "address that others reach us at (default: the bind address, else a private IPv4 address of this host)");
    public static final Setting<SortedMap<String, String>> TAGS =
            new Setting<>("tag", "tags", Kind.TAGS, NO_TAGS, "tag of this node, may be repeated; 512 bytes in all");
    public static final Setting<String> ROLE =
            Setting.of("role", Kind.text("ROLE"), "", "short for -tag role=ROLE (Serf's old flag)");

    // Whom we meet.
    public static final Setting<List<String>> JOIN = new Setting<>(
            "join",
            "start_join",
            Kind.commaList("HOST[:PORT]"),
            List.of(),
            "node to join at start, may be repeated; the agent exits when none answers");
    public static final Setting<List<String>> JOIN_FOREVER = Setting.of(
            "join",
            Kind.commaList("HOST[:PORT]"),
            List.of(),
            "node to join, may be repeated; tried for ever, so nodes may start in any order");
    public static final Setting<List<String>> RETRY_JOIN = Setting.of(
            "retry-join",
            Kind.commaList("HOST[:PORT]"),
            List.of(),
            "node to join, may be repeated; tried for ever, names are resolved anew each time");
    public static final Setting<Duration> RETRY_INTERVAL = Setting.of(
            "retry-interval",
            Kind.DURATION,
            Duration.ofSeconds(5),
            "longest wait between two tries to join; waits grow to it from 250ms");
    public static final Setting<Integer> RETRY_MAX = new Setting<>(
            "retry-max",
            "retry_max_attempts",
            Kind.number(0, Integer.MAX_VALUE),
            0,
            "give up, and exit, after this many tries to join; 0: never");
    public static final Setting<Boolean> REPLAY = new Setting<>(
            "replay", "replay_on_join", Kind.SWITCH, false, "take in user events from before the join too");

    // How gossip behaves.
    public static final Setting<String> ENCRYPT = new Setting<>(
            "encrypt",
            "encrypt_key",
            Kind.text("KEY"),
            "",
            "base64 of 16, 24 or 32 bytes, the same on all nodes ('muster keygen' makes one)");
    public static final Setting<String> PROFILE = Setting.of(
            "profile",
            Kind.oneOf("lan", "wan", "local"),
            "lan",
            "timers for the kind of network; the same on all nodes");
    public static final Setting<Integer> PROTOCOL =
            Setting.of("protocol", Kind.number(2, 5), 5, "Serf's protocol number; accepted for compatibility");
    public static final Setting<Boolean> DISABLE_COMPRESSION =
            Setting.of("disable-compression", Kind.SWITCH, false, "send nothing compressed; receiving always works");
    public static final Setting<Duration> BROADCAST_TIMEOUT = Setting.of(
            "broadcast-timeout", Kind.DURATION, Duration.ofSeconds(5), "longest wait for our leave to be heard");
    public static final Setting<Duration> RECONNECT_INTERVAL = Setting.of(
            "reconnect-interval", Kind.DURATION, Duration.ofSeconds(30), "how often a failed node is tried again");
    public static final Setting<Duration> RECONNECT_TIMEOUT = Setting.of(
            "reconnect-timeout", Kind.DURATION, Duration.ofHours(24), "failed nodes are forgotten after this");
    public static final Setting<Duration> TOMBSTONE_TIMEOUT = Setting.of(
            "tombstone-timeout", Kind.DURATION, Duration.ofHours(24), "nodes that left are forgotten after this");
    public static final Setting<Boolean> LEAVE_ON_TERMINATE = Setting.of(
            "leave-on-terminate",
            Kind.SWITCH,
            true,
            "leave gracefully on SIGTERM; false: exit 1 at once, as Serf's default is");
    public static final Setting<Boolean> SKIP_LEAVE_ON_INTERRUPT =
            Setting.of("skip-leave-on-interrupt", Kind.SWITCH, false, "do not leave on SIGINT: exit 1 at once");

    // How we are told things.
    public static final Setting<Endpoint> RPC_ADDR = Setting.of(
            "rpc-addr",
            Kind.ADDRESS,
            new Endpoint("127.0.0.1", 7373),
            "address of the agent's RPC (also from SERF_RPC_ADDR)");
    public static final Setting<String> RPC_AUTH =
            Setting.of("rpc-auth", Kind.text("KEY"), "", "key that RPC clients must present (also from SERF_RPC_AUTH)");
    public static final Setting<Boolean> RPC_OPEN = Setting.of(
            "rpc-open", Kind.SWITCH, false, "allow RPC without a key on an address that other hosts can reach");
    public static final Setting<String> LOG_LEVEL = Setting.of(
            "log-level",
            Kind.oneOf("trace", "debug", "info", "warn", "err", "TRACE", "DEBUG", "INFO", "WARN", "ERR"),
            "info",
            "least level to print");
    public static final Setting<Endpoint> STATS = Setting.of(
            "stats",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "serve the statistics page and /pools.json here; ':1936' means on all interfaces (default: off)");

    // muster run
    public static final Setting<List<ServiceOption>> SERVICE = new Setting<>(
            "service",
            "services",
            Kind.listOf("NAME:PORT[,…]", ServiceOption::parse),
            List.of(),
            "service of the app, may be repeated: NAME:PORT[,proto=http|tcp][,check=/PATH][,weight=N]");
    public static final Setting<String> RESTART =
            Setting.of("restart", Kind.oneOf("always", "on-failure", "never"), "always", "when to start the app again");
    public static final Setting<Duration> READY_TIMEOUT = Setting.of(
            "ready-timeout",
            Kind.DURATION,
            Duration.ofSeconds(60),
            "an app that is not ready by then counts as failed and is restarted");
    public static final Setting<Duration> STOP_TIMEOUT =
            Setting.of("stop-timeout", Kind.DURATION, Duration.ofSeconds(10), "from the stop signal to SIGKILL");
    public static final Setting<Duration> DRAIN_TIMEOUT = Setting.of(
            "drain-timeout",
            Kind.DURATION,
            Duration.ofSeconds(10),
            "longest wait for requests in flight before a stop; it ends early when none is left");

    // muster balance
    public static final Setting<Endpoint> LISTEN = Setting.of(
            "listen", Kind.ADDRESS, new Endpoint("", 8080), "address that serves HTTP; port 0 picks a free one");
    public static final Setting<String> POOL =
            Setting.of("pool", Kind.text("NAME"), "web", "service whose nodes get the requests");
    public static final Setting<Integer> BACKEND_PORT = Setting.of(
            "backend-port",
            Kind.number(1, 65_535),
            80,
            "port of nodes with the tag role=backend that announce no service (plain Serf agents)");
    public static final Setting<String> PICKER = Setting.of(
            "picker",
            Kind.oneOf("two-choices", "round-robin"),
            "two-choices",
            "how a backend is chosen: the less loaded of two random ones, or in turn");
    public static final Setting<String> TRANSPORT = Setting.of(
            "transport",
            Kind.oneOf("auto", "io_uring", "epoll", "nio"),
            "auto",
            "how the balancer drives its sockets; auto takes io_uring from Linux 6.1 on where it is allowed, else epoll");

    // Client commands
    public static final Setting<String> FORMAT =
            Setting.of("format", Kind.oneOf("text", "json"), "text", "how to print");

    private static final List<Setting<?>> MEMBER = List.of(
            NODE,
            BIND,
            INTERFACE,
            ADVERTISE,
            TAGS,
            ROLE,
            RETRY_INTERVAL,
            RETRY_MAX,
            REPLAY,
            ENCRYPT,
            PROFILE,
            PROTOCOL,
            DISABLE_COMPRESSION,
            BROADCAST_TIMEOUT,
            RECONNECT_INTERVAL,
            RECONNECT_TIMEOUT,
            TOMBSTONE_TIMEOUT,
            RPC_ADDR,
            RPC_AUTH,
            RPC_OPEN,
            LOG_LEVEL,
            STATS,
            CONFIG_FILE,
            CONFIG_DIR);

    /** What {@code muster agent} takes. */
    public static final List<Setting<?>> AGENT =
            join(List.of(JOIN, RETRY_JOIN), MEMBER, List.of(LEAVE_ON_TERMINATE, SKIP_LEAVE_ON_INTERRUPT));

    /** What {@code muster run} takes. */
    public static final List<Setting<?>> RUN = join(
            List.of(SERVICE, JOIN_FOREVER, RESTART, READY_TIMEOUT, STOP_TIMEOUT, DRAIN_TIMEOUT),
            List.of(RETRY_JOIN),
            MEMBER);

    /** What {@code muster balance} takes. */
    public static final List<Setting<?>> BALANCE = join(
            List.of(LISTEN, POOL, BACKEND_PORT, PICKER, TRANSPORT, JOIN_FOREVER, DRAIN_TIMEOUT),
            List.of(RETRY_JOIN),
            MEMBER);

    /** What every command that talks to an agent takes. */
    public static final List<Setting<?>> CLIENT = List.of(RPC_ADDR, RPC_AUTH);

    /** All of them, each once: what a file may hold. */
    public static final List<Setting<?>> ALL = union(List.of(AGENT, RUN, BALANCE, List.of(FORMAT)));

    private Schema() {}

    /** The settings of the lists, one after another. */
    @SafeVarargs
    public static List<Setting<?>> join(List<Setting<?>>... lists) {
        var all = new ArrayList<Setting<?>>();
        for (List<Setting<?>> list : lists) {
            all.addAll(list);
        }
        return List.copyOf(all);
    }

    private static List<Setting<?>> union(List<List<Setting<?>>> lists) {
        var byKey = new TreeMap<String, Setting<?>>();
        for (List<Setting<?>> list : lists) {
            for (Setting<?> setting : list) {
                byKey.put(setting.key(), setting);
            }
        }
        return List.copyOf(byKey.values());
    }
}
