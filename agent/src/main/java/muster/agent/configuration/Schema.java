package muster.agent.configuration;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import muster.agent.logging.Syslog;
import muster.gossip.Settings;
import muster.gossip.wire.SerfCodec;
import muster.proxy.Cidr;
import muster.proxy.ProxySettings.Limits;
import muster.proxy.ProxySettings.Times;

/**
 * Every setting there is, once. Names are Serf's where Serf has them; flags, file keys, {@code MUSTER_} variables,
 * defaults, help texts and checks all derive from here.
 */
public final class Schema {
    private static final Kind<List<String>> SEEDS = Kind.commaList("HOST[:PORT]", Schema::seed);
    private static final Duration SHORTEST = Duration.ofMillis(1);
    private static final Duration SHORTEST_RETRY = Duration.ofMillis(100); // shorter is an attack on the seed
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
            "directory whose *.json, *.yaml and *.yml are read in order of their names; with -config-file, in the order given");

    // Who we are and where.
    public static final Setting<String> NODE = new Setting<>(
            "node",
            "node_name",
            Kind.text("NAME", Names::node),
            "",
            "unique name of this node (default: the host name)");
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
            SEEDS,
            List.of(),
            "node to join at start, may be repeated; the agent exits when none answers");
    public static final Setting<List<String>> JOIN_FOREVER = Setting.of(
            "join",
            SEEDS,
            List.of(),
            "node to join, may be repeated; tried for ever, so nodes may start in any order; without a port, that of -bind is meant");
    public static final Setting<List<String>> RETRY_JOIN = Setting.of(
            "retry-join",
            SEEDS,
            List.of(),
            "node to join, may be repeated; tried for ever, names are resolved anew each time");
    public static final Setting<Duration> RETRY_INTERVAL = Setting.of(
            "retry-interval",
            Kind.durationFrom(SHORTEST_RETRY),
            Duration.ofSeconds(5),
            "longest wait between two tries to join; waits grow to it from 250ms");
    public static final Setting<Boolean> RESOLVE_ONCE = Setting.of(
            "resolve-once",
            Kind.SWITCH,
            false,
            "look a name of -join or -retry-join up until it leads somewhere, as Serf does, instead of at each try");
    public static final Setting<Integer> RETRY_MAX = new Setting<>(
            "retry-max",
            "retry_max_attempts",
            Kind.number(0, Integer.MAX_VALUE),
            0,
            "give up, and exit, after this many tries to join; 0: never");
    public static final Setting<String> DISCOVER = Setting.of(
            "discover",
            Kind.text("NAME", Names::cluster),
            "",
            "find the members of the cluster of this name by multicast DNS, and be found; as -iface says, else everywhere");
    public static final Setting<Boolean> REPLAY = new Setting<>(
            "replay", "replay_on_join", Kind.SWITCH, false, "take in user events from before the join too");

    // What we remember.
    public static final Setting<String> SNAPSHOT = new Setting<>(
            "snapshot",
            "snapshot_path",
            Kind.text("FILE"),
            "",
            "keep here, in Serf's format, who was there and how far the clocks had come; a restart joins them again");
    public static final Setting<Boolean> REJOIN = new Setting<>(
            "rejoin",
            "rejoin_after_leave",
            Kind.SWITCH,
            false,
            "join the members of -snapshot again also when this node had left them");

    // Who hears of it.
    public static final Setting<List<HandlerOption>> EVENT_HANDLER = new Setting<>(
            "event-handler",
            "event_handlers",
            Kind.listOf("[FILTER=]SCRIPT", HandlerOption::parse),
            List.of(),
            "run this by /bin/sh for events, may be repeated; FILTER is a list like member-join,user:deploy (default: all)");
    public static final Setting<Duration> EVENT_HANDLER_TIMEOUT = Setting.of(
            "event-handler-timeout",
            Kind.DURATION,
            Duration.ofMinutes(10),
            "an event handler that runs longer is killed, with all that it started; 0: never");
    public static final Setting<Duration> EVENT_HANDLER_DELAY = Setting.of(
            "event-handler-delay",
            Kind.durationWithin(Duration.ZERO, Duration.ofHours(1)),
            Duration.ZERO,
            "hold events that may be folded until none has come for this long, three times it at most; 1s: as Serf does");
    public static final Setting<Boolean> SERIAL_EVENT_HANDLERS = Setting.of(
            "serial-event-handlers",
            Kind.SWITCH,
            false,
            "run event handlers one after another, as Serf does, so that a slow one holds up all");
    public static final Setting<String> TAGS_FILE = Setting.of(
            "tags-file",
            Kind.text("FILE"),
            "",
            "keep the tags here, as JSON, so that changes by 'muster tags' outlive a restart; not beside -tag");

    // How gossip behaves.
    public static final Setting<String> ENCRYPT = new Setting<>(
            "encrypt",
            "encrypt_key",
            Kind.text("KEY", ClusterKey::decode),
            "",
            "base64 of 16, 24 or 32 bytes, the same on all nodes ('muster keygen' makes one)");
    public static final Setting<String> KEYRING_FILE = Setting.of(
            "keyring-file",
            Kind.text("FILE"),
            "",
            "JSON list of base64 keys: the first one encrypts, all of them decrypt; instead of -encrypt");
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
            "broadcast-timeout",
            Kind.durationFrom(SHORTEST),
            Duration.ofSeconds(5),
            "longest wait for our leave to be heard");
    public static final Setting<Duration> RECONNECT_INTERVAL = Setting.of(
            "reconnect-interval",
            Kind.durationFrom(SHORTEST_RETRY),
            Duration.ofSeconds(30),
            "how often a failed node is tried again");
    public static final Setting<Duration> RECONNECT_TIMEOUT = Setting.of(
            "reconnect-timeout",
            Kind.durationFrom(SHORTEST),
            Duration.ofHours(24),
            "failed nodes are forgotten after this");
    public static final Setting<Duration> TOMBSTONE_TIMEOUT = Setting.of(
            "tombstone-timeout",
            Kind.durationFrom(SHORTEST),
            Duration.ofHours(24),
            "nodes that left are forgotten after this");
    public static final Setting<Integer> USER_EVENT_SIZE_LIMIT = Setting.of(
            "user-event-size-limit",
            Kind.number(0, SerfCodec.EVENT_BYTES_MAX),
            Settings.Sizes.DEFAULT.event(),
            "longest user event, name and payload, in bytes; what does not fit into a packet of 1,400 is refused anyway");
    public static final Setting<Integer> QUERY_SIZE_LIMIT = Setting.of(
            "query-size-limit",
            Kind.number(0, SerfCodec.EVENT_BYTES_MAX),
            Settings.Sizes.DEFAULT.query(),
            "longest query, encoded, in bytes; what does not fit into a packet of 1,400 is refused anyway");
    public static final Setting<Integer> QUERY_RESPONSE_SIZE_LIMIT = Setting.of(
            "query-response-size-limit",
            Kind.number(0, SerfCodec.EVENT_BYTES_MAX),
            Settings.Sizes.DEFAULT.answer(),
            "longest answer to a query, encoded, in bytes; above 1,300 or so it travels in pieces, which networks may drop");
    public static final Setting<Boolean> DISABLE_NAME_RESOLUTION = Setting.of(
            "disable-name-resolution",
            Kind.SWITCH,
            false,
            "do not ask the cluster who keeps this node's name when another has it too; else the loser ends");
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
            "log-level", Kind.oneOf("trace", "debug", "info", "warn", "err"), "info", "least level to print");
    public static final Setting<Boolean> SYSLOG = new Setting<>(
            "syslog", "enable_syslog", Kind.SWITCH, false, "send the log to the syslog of this machine too (/dev/log)");
    public static final Setting<String> SYSLOG_FACILITY = Setting.of(
            "syslog-facility",
            Kind.text("NAME", Syslog::facility),
            "LOCAL0",
            "with -syslog and -syslog-address: DAEMON, LOCAL0 to LOCAL7 …");
    public static final Setting<String> SYSLOG_ADDRESS = Setting.of(
            "syslog-address",
            Kind.text("ADDRESS", LogTarget::receiver),
            "",
            "send the log to a syslog receiver too: udp://HOST:PORT, tcp://HOST:PORT or unix:PATH");
    public static final Setting<Endpoint> STATS = Setting.of(
            "stats",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "serve the statistics page and /pools.json here; ':1936' means on all interfaces (default: off)");
    public static final Setting<Endpoint> STATSD_ADDR = Setting.of(
            "statsd-addr",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "send figures to the statsd here, over UDP, under the names that Serf's agent has for them; without a port 8125"
                    + " is used (default: off)");
    public static final Setting<Endpoint> STATSITE_ADDR = Setting.of(
            "statsite-addr",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "the same to a statsite, over TCP (default: off)");

    // muster run
    public static final Setting<List<ServiceOption>> SERVICE = new Setting<>(
            "service",
            "services",
            Kind.listOf("NAME:PORT[,…]", ServiceOption::parse),
            List.of(),
            "service of the app, may be repeated: NAME:PORT[,proto=http|tcp][,check=/PATH][,weight=N]");

    public static final Setting<String> CONTROL_DIR = Setting.of(
            "control-dir",
            Kind.text("DIR"),
            "",
            "directory of the socket by which 'muster svc' reaches us (default: /run/muster, or muster in"
                    + " XDG_RUNTIME_DIR or the directory for temporary files, by user)");

    public static final Setting<Duration> SHUTDOWN_TIMEOUT = Setting.of(
            "shutdown-timeout",
            Kind.durationWithin(Duration.ofSeconds(1), Duration.ofDays(1)),
            Duration.ofSeconds(9),
            "longest time for the whole end (default: under init 9s, since engines kill containers 10s after they were told to"
                    + " stop; under run what the time-outs of its services need)");

    // muster init
    public static final Setting<String> TREE = Setting.of(
            "tree",
            Kind.text("DIR"),
            "/etc",
            "where fix-attrs.d, cont-init.d, services.d and cont-finish.d of an s6-overlay image are");
    public static final Setting<String> RUN_DIR = Setting.of(
            "run-dir",
            Kind.text("DIR"),
            "/var/run/s6",
            "where the environment and the live service directories are, as s6 tools expect them");

    // muster balance
    public static final String WITH_HAPROXY = "haproxy";
    public static final Setting<String> WITH = Setting.of(
            "with",
            Kind.oneOf("muster", WITH_HAPROXY),
            "muster",
            "what forwards the requests: this program, or an HAProxy that it starts and keeps up to date");
    public static final Setting<String> HAPROXY_TEMPLATE = Setting.of(
            "haproxy-template",
            Kind.text("FILE"),
            "",
            "with -with haproxy: the template of its configuration (default: one that is built in)");
    public static final Setting<String> HAPROXY_DIR = Setting.of(
            "haproxy-dir",
            Kind.matching(
                    "DIR",
                    "[A-Za-z0-9._/-]{0,80}",
                    "a path of at most 80 letters, digits, dots, dashes, underscores and slashes: HAProxy writes it in its"
                            + " configuration and in the address of a socket"),
            "",
            "with -with haproxy: directory of its configuration and of the socket that steers it (default: haproxy in"
                    + " /run/muster, or muster in XDG_RUNTIME_DIR or the directory for temporary files, by user)");
    public static final Setting<String> HAPROXY_PROGRAM = Setting.of(
            "haproxy-program",
            Kind.text("PROGRAM"),
            "haproxy",
            "with -with haproxy: the program, 2.6 or newer, searched in PATH and the sbin directories");
    public static final Setting<Endpoint> HAPROXY_CLI = Setting.of(
            "haproxy-cli",
            Kind.ADDRESS,
            new Endpoint("", Endpoint.NO_PORT),
            "with -with haproxy: open its runtime API here too, for other tools; whoever reaches it rules HAProxy"
                    + " (default: off)");
    public static final Setting<String> HAPROXY_CHECK = Setting.of(
            "haproxy-check",
            Kind.matching(
                    "PATH",
                    "/[A-Za-z0-9._~/?&=%+:@,-]{0,200}",
                    "a path that starts with / and has letters, digits and ._~/?&=%+:@,- alone"),
            "",
            "with -with haproxy: ask every server for this path, and take those out that do not answer 2xx or 3xx"
                    + " (default: only whether the port answers)");
    public static final Setting<Endpoint> LISTEN = Setting.of(
            "listen", Kind.ADDRESS, new Endpoint("", 8080), "address that serves HTTP; port 0 picks a free one");
    public static final Setting<String> POOL =
            Setting.of("pool", Kind.text("NAME", Names::service), "web", "service whose nodes get the requests");
    public static final Setting<Integer> BACKEND_PORT = Setting.of(
            "backend-port",
            Kind.number(1, 65_535),
            80,
            "port of nodes with the tag role=backend that announce no service and have no tag port (plain Serf agents)");
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

    // How it forwards; what is not set is as in ProxySettings.
    public static final Setting<List<Cidr>> TRUSTED_PROXIES = Setting.of(
            "trusted-proxies",
            Kind.commaList("NETWORK", Cidr::parse),
            List.of(),
            "networks, like 10.0.0.0/8, whose X-Forwarded-* fields are believed and added to; may be repeated."
                    + " Those of others are replaced");
    public static final Setting<Boolean> VIA =
            Setting.of("via", Kind.SWITCH, false, "add a Via field to requests and responses");
    public static final Setting<Duration> HEAD_TIMEOUT =
            proxyTime("head-timeout", Times.DEFAULTS.head(), "longest wait for a whole request head, else 408");
    public static final Setting<Duration> KEEP_ALIVE_TIMEOUT = proxyTime(
            "keep-alive-timeout",
            Times.DEFAULTS.clientIdle(),
            "a client's connection is closed when no request came for this long");
    public static final Setting<Duration> BODY_TIMEOUT = proxyTime(
            "body-timeout",
            Times.DEFAULTS.body(),
            "longest wait for the next byte of a body, in either direction, or for a slow reader to take one");
    public static final Setting<Duration> CONNECT_TIMEOUT =
            proxyTime("connect-timeout", Times.DEFAULTS.connect(), "longest wait for a connection to a backend");
    public static final Setting<Duration> RESPONSE_TIMEOUT = proxyTime(
            "response-timeout",
            Times.DEFAULTS.response(),
            "longest wait from the end of a request to the head of its response, else 504");
    public static final Setting<Duration> QUEUE_TIMEOUT = proxyTime(
            "queue-timeout",
            Times.DEFAULTS.waiting(),
            "longest wait for a connection when a backend has as many as allowed, else 503");
    public static final Setting<Duration> TUNNEL_TIMEOUT = proxyTime(
            "tunnel-timeout", Times.DEFAULTS.tunnel(), "a WebSocket is closed when no byte passed for this long");
    public static final Setting<Duration> BACKEND_KEEP_ALIVE_TIMEOUT = proxyTime(
            "backend-keep-alive-timeout",
            Times.DEFAULTS.upstreamIdle(),
            "an unused connection to a backend is closed after this; keep it shorter than the backends' own limit");
    public static final Setting<Long> MAX_BODY_SIZE = Setting.of(
            "max-body-size",
            Kind.bytes(0, 1L << 50),
            Limits.DEFAULTS.bodyBytes(),
            "longest request body in bytes, like 10m, else 413; 0: no limit");
    public static final Setting<Long> MAX_HEAD_SIZE = Setting.of(
            "max-head-size",
            Kind.bytes(1 << 10, 1 << 20),
            (long) Limits.DEFAULTS.head().headBytes(),
            "longest head of a request or response in bytes, 1k to 1m; its first line may have half of it");
    public static final Setting<Integer> MAX_CONNECTIONS = Setting.of(
            "max-connections",
            Kind.number(1, Integer.MAX_VALUE),
            Limits.DEFAULTS.clientConnections(),
            "clients connected at once; more are closed at once");
    public static final Setting<Integer> BACKEND_MAX_CONNECTIONS = Setting.of(
            "backend-max-connections",
            Kind.number(1, Integer.MAX_VALUE),
            Limits.DEFAULTS.upstreamConnections(),
            "connections to one backend from one event loop, of which there is one per core; more requests queue. With -with haproxy in all, and unless set without limit");

    // Templates
    public static final Setting<List<TemplateOption>> TEMPLATE = new Setting<>(
            "template",
            "templates",
            Kind.listOf("TEMPLATE:DESTINATION", TemplateOption::parse),
            List.of(),
            "file that follows the members, may be repeated; in a file of settings it can have a check and more");
    public static final Setting<Boolean> ONCE =
            Setting.of("once", Kind.SWITCH, false, "write, check and apply what has changed, and end (the default)");
    public static final Setting<Boolean> WATCH =
            Setting.of("watch", Kind.SWITCH, false, "follow the members until interrupted");
    public static final Setting<Boolean> DRY_RUN =
            Setting.of("dry-run", Kind.SWITCH, false, "print what would be written, and touch nothing");
    public static final Setting<Boolean> DIFF = Setting.of(
            "diff",
            Kind.SWITCH,
            false,
            "print how that differs from what is there; exit 1 when it does, touch nothing");

    // Client commands
    public static final Setting<String> FORMAT =
            Setting.of("format", Kind.oneOf("text", "json"), "text", "how to print");

    /** What every command takes that is a member of the cluster, or may be one. */
    public static final List<Setting<?>> MEMBER = List.of(
            NODE,
            BIND,
            INTERFACE,
            ADVERTISE,
            TAGS,
            ROLE,
            RETRY_INTERVAL,
            RETRY_MAX,
            RESOLVE_ONCE,
            DISCOVER,
            REPLAY,
            SNAPSHOT,
            REJOIN,
            EVENT_HANDLER,
            EVENT_HANDLER_TIMEOUT,
            EVENT_HANDLER_DELAY,
            SERIAL_EVENT_HANDLERS,
            TAGS_FILE,
            ENCRYPT,
            KEYRING_FILE,
            PROFILE,
            PROTOCOL,
            DISABLE_COMPRESSION,
            BROADCAST_TIMEOUT,
            RECONNECT_INTERVAL,
            RECONNECT_TIMEOUT,
            TOMBSTONE_TIMEOUT,
            USER_EVENT_SIZE_LIMIT,
            QUERY_SIZE_LIMIT,
            QUERY_RESPONSE_SIZE_LIMIT,
            DISABLE_NAME_RESOLUTION,
            RPC_ADDR,
            RPC_AUTH,
            RPC_OPEN,
            LOG_LEVEL,
            SYSLOG,
            SYSLOG_FACILITY,
            SYSLOG_ADDRESS,
            STATS,
            STATSD_ADDR,
            STATSITE_ADDR,
            TEMPLATE,
            CONFIG_FILE,
            CONFIG_DIR);

    /** What {@code muster agent} takes. */
    public static final List<Setting<?>> AGENT =
            Setting.join(List.of(JOIN, RETRY_JOIN), MEMBER, List.of(LEAVE_ON_TERMINATE, SKIP_LEAVE_ON_INTERRUPT));

    /** What {@code muster run} takes. */
    public static final List<Setting<?>> RUN = Setting.join(
            List.of(SERVICE, JOIN_FOREVER, SHUTDOWN_TIMEOUT),
            ServiceSchema.FLAGS,
            List.of(CONTROL_DIR, RETRY_JOIN),
            MEMBER);

    /** What {@code muster init} takes: those of a service are for its command. */
    public static final List<Setting<?>> INIT = Setting.join(
            List.of(TREE, RUN_DIR, SHUTDOWN_TIMEOUT, SERVICE, JOIN_FOREVER),
            ServiceSchema.FLAGS,
            List.of(CONTROL_DIR, RETRY_JOIN),
            MEMBER);

    /** What {@code muster balance} takes. */
    public static final List<Setting<?>> BALANCE = Setting.join(
            List.of(LISTEN, POOL, BACKEND_PORT, PICKER, TRANSPORT, JOIN_FOREVER, ServiceSchema.DRAIN_TIMEOUT),
            List.of(WITH, HAPROXY_TEMPLATE, HAPROXY_DIR, HAPROXY_PROGRAM, HAPROXY_CLI, HAPROXY_CHECK),
            List.of(
                    TRUSTED_PROXIES,
                    VIA,
                    HEAD_TIMEOUT,
                    KEEP_ALIVE_TIMEOUT,
                    BODY_TIMEOUT,
                    CONNECT_TIMEOUT,
                    RESPONSE_TIMEOUT,
                    QUEUE_TIMEOUT,
                    TUNNEL_TIMEOUT,
                    BACKEND_KEEP_ALIVE_TIMEOUT,
                    MAX_BODY_SIZE,
                    MAX_HEAD_SIZE,
                    MAX_CONNECTIONS,
                    BACKEND_MAX_CONNECTIONS),
            List.of(RETRY_JOIN),
            MEMBER);

    /** What every command that talks to an agent takes. */
    public static final List<Setting<?>> CLIENT = List.of(RPC_ADDR, RPC_AUTH);

    /** What {@code muster render} takes besides what reaches the agent. */
    public static final List<Setting<?>> RENDER =
            List.of(TEMPLATE, ONCE, WATCH, DRY_RUN, DIFF, POOL, BACKEND_PORT, CONFIG_FILE, CONFIG_DIR);

    /** Those that a file may give as a map too: of named things, each with these settings of its own. */
    public static final Map<Setting<?>, List<Setting<?>>> DEFINITIONS =
            Map.of(SERVICE, ServiceSchema.KEYS, TEMPLATE, TemplateSchema.KEYS);

    /** All of them, each once: what a file may hold. */
    public static final List<Setting<?>> ALL = union(List.of(AGENT, RUN, INIT, BALANCE, List.of(FORMAT)));

    private Schema() {}

    private static String seed(String written) {
        Endpoint.ofSeed(written);
        return written;
    }

    private static Setting<Duration> proxyTime(String flag, Duration fallback, String help) {
        return Setting.of(flag, Kind.durationWithin(Duration.ofMillis(1), Duration.ofDays(1)), fallback, help);
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
