package muster.agent.balance;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.EnvironmentReader;
import muster.agent.configuration.Schema;
import muster.agent.configuration.ServiceSchema;
import muster.agent.configuration.Setting;
import muster.agent.control.ControlDirectory;
import muster.agent.fleet.Announcements;
import muster.agent.fleet.FleetKeeper;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.node.CannotStart;
import muster.agent.render.Followers;
import muster.agent.render.Shell;
import muster.balancing.Pool;
import muster.haproxy.CannotRun;
import muster.haproxy.Driver;
import muster.haproxy.DriverSettings;
import muster.haproxy.ServerFigures;
import muster.haproxy.Voice;
import muster.supervisor.linux.FileTrouble;
import muster.supervisor.linux.ListeningSockets;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.Ready;
import muster.templating.Rendering;
import muster.templating.Syntax;
import muster.templating.Template;
import muster.templating.target.Commands;
import muster.templating.target.Publisher;
import muster.templating.target.Target;

/** Has an HAProxy forward that it starts and keeps up to date. */
final class HaproxyBalancer implements Balancer {
    private static final int LISTEN_PORT = 8080;
    private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(30);
    private static final Duration VERSION_TIMEOUT = Duration.ofSeconds(10);
    private static final Duration QUIET = Duration.ofMillis(500);
    private static final Duration HOLD = Duration.ofSeconds(10);
    private static final int KEEP = 3;

    /** For a worker that was replaced, unless the template allows its tunnels more. */
    private static final Duration OLD_WORKERS = Duration.ofHours(1);

    private static final Pattern VERSION = Pattern.compile("version (\\d+)\\.(\\d+)");
    private static final String SBIN = "/usr/local/sbin:/usr/sbin:/sbin";

    /** What only the data plane of this program does. */
    private static final List<Setting<?>> OF_OURS = List.of(
            Schema.TRANSPORT,
            Schema.TRUSTED_PROXIES,
            Schema.VIA,
            Schema.BODY_TIMEOUT,
            Schema.BACKEND_KEEP_ALIVE_TIMEOUT,
            Schema.MAX_BODY_SIZE,
            Schema.MAX_HEAD_SIZE);

    /** What the template is given, under the names of their environment variables. */
    private static final List<Setting<?>> OF_THE_TEMPLATE = List.of(
            Schema.LISTEN,
            Schema.STATS,
            Schema.HAPROXY_CLI,
            Schema.HAPROXY_CHECK,
            Schema.PICKER,
            Schema.MAX_CONNECTIONS,
            Schema.BACKEND_MAX_CONNECTIONS,
            Schema.HEAD_TIMEOUT,
            Schema.KEEP_ALIVE_TIMEOUT,
            Schema.CONNECT_TIMEOUT,
            Schema.RESPONSE_TIMEOUT,
            Schema.QUEUE_TIMEOUT,
            Schema.TUNNEL_TIMEOUT);

    private final int port;
    private final FleetKeeper keeper;
    private final HaproxyProgram program;
    private final Driver driver;
    private final FileChannel lock;
    private final Duration drainLimit;

    private HaproxyBalancer(
            int port,
            FleetKeeper keeper,
            HaproxyProgram program,
            Driver driver,
            FileChannel lock,
            Duration drainLimit) {
        this.port = port;
        this.keeper = keeper;
        this.program = program;
        this.driver = driver;
        this.lock = lock;
        this.drainLimit = drainLimit;
    }

    static HaproxyBalancer start(Agent agent, Configuration configuration, Map<String, String> environment)
            throws CannotStart {
        for (Setting<?> setting : OF_OURS) {
            if (configuration.isSet(setting)) {
                throw new CannotStart(
                        configuration.origin(setting)
                                + ": this is of the data plane of Muster; with HAProxy write it into a template (-haproxy-template)");
            }
        }
        SortedMap<String, String> rest = EnvironmentReader.withoutSecrets(environment);
        String path = path(rest.getOrDefault("PATH", ""));
        rest.put("PATH", path);
        String executable = executable(configuration, path);
        var shell = new Shell(rest);
        checkVersion(configuration, shell, executable);
        Path directory = directory(configuration, environment);
        FileChannel lock = lock(configuration, directory);
        var settings = new DriverSettings(
                new Target(
                        "haproxy",
                        Path.of(configuration.value(Schema.HAPROXY_TEMPLATE)),
                        directory.resolve("haproxy.cfg"),
                        Syntax.HAPROXY,
                        PosixFilePermissions.fromString("rw-------"),
                        null,
                        null,
                        "",
                        "",
                        CHECK_TIMEOUT,
                        QUIET,
                        HOLD,
                        KEEP),
                directory.resolve("master.sock"),
                directory.resolve("servers.state"),
                Collections.max(List.of(OLD_WORKERS, configuration.value(Schema.TUNNEL_TIMEOUT))));
        var program = new HaproxyProgram(executable, rest, shell);
        Supplier<Model> models = () -> Followers.model(configuration, agent.members());
        var driver = new Driver(
                settings,
                models,
                template(configuration, rest, settings),
                check(shell, executable),
                program,
                voice(agent));
        var keeper = new FleetKeeper(
                new Announcements(configuration.value(Schema.POOL), configuration.value(Schema.BACKEND_PORT)),
                agent::members);
        Endpoint listen = configuration.value(Schema.LISTEN);
        var balancer = new HaproxyBalancer(
                listen.portOr(LISTEN_PORT),
                keeper,
                program,
                driver,
                lock,
                configuration.value(ServiceSchema.DRAIN_TIMEOUT));
        try {
            if (!driver.takeOver()) {
                checkPorts(configuration);
                driver.start();
                refuseSharedPorts(configuration);
            }
        } catch (CannotStart e) {
            balancer.close();
            throw e;
        } catch (CannotRun e) {
            balancer.close();
            Setting<?> wrong = e.getCause() instanceof BadTemplate ? Schema.HAPROXY_TEMPLATE : Schema.WITH;
            throw new CannotStart(configuration.origin(wrong) + ": " + e.getMessage());
        } catch (InterruptedException e) {
            balancer.close();
            Thread.currentThread().interrupt();
            throw new CannotStart("interrupted while HAProxy started");
        }
        agent.whenMembersChange(keeper::changed);
        keeper.start(_ -> {});
        agent.whenMembersChange(driver::changed);
        agent.whenReloaded(driver::retry);
        driver.changed();
        return balancer;
    }

    /** With the directories in which HAProxy is. An empty entry would be the working directory. */
    static String path(String given) {
        return given.isEmpty() ? SBIN : given + ":" + SBIN;
    }

    private static String executable(Configuration configuration, String path) throws CannotStart {
        String program = configuration.value(Schema.HAPROXY_PROGRAM);
        List<Path> places = (program.indexOf('/') >= 0
                        ? Stream.of(Path.of(program).toAbsolutePath())
                        : Stream.of(path.split(":", -1))
                                .map(entry -> Path.of(entry).resolve(program)))
                .filter(Files::isRegularFile)
                .toList();
        for (Path place : places) {
            if (Files.isExecutable(place)) {
                return place.toString();
            }
        }
        String trouble = places.isEmpty()
                ? "there is no program '" + program + "'"
                        + (program.indexOf('/') >= 0 ? "" : " in PATH or an sbin directory")
                        + "; install HAProxy (on Debian: apt-get install haproxy), or say where it is with"
                        + " -haproxy-program"
                : places.getFirst() + " is a file that this user may not execute; make it executable (chmod +x), or"
                        + " name HAProxy's program with -haproxy-program";
        throw new CannotStart(configuration.origin(whoseProgram(configuration)) + ": " + trouble);
    }

    private static Setting<?> whoseProgram(Configuration configuration) {
        return configuration.isSet(Schema.HAPROXY_PROGRAM) ? Schema.HAPROXY_PROGRAM : Schema.WITH;
    }

    private static void checkVersion(Configuration configuration, Commands shell, String executable)
            throws CannotStart {
        String place = configuration.origin(whoseProgram(configuration)) + ": ";
        try {
            Commands.Result said =
                    shell.run("exec \"$PROGRAM\" -v", new TreeMap<>(Map.of("PROGRAM", executable)), VERSION_TIMEOUT);
            Matcher version = VERSION.matcher(said.words());
            if (!version.find()) {
                throw new CannotStart(place + "'" + executable + " -v' does not tell a version of HAProxy (name its"
                        + " program with -haproxy-program): " + said.words());
            }
            int major = Integer.parseInt(version.group(1));
            if (major < 2 || (major == 2 && Integer.parseInt(version.group(2)) < 6)) {
                throw new CannotStart(place + executable + " is HAProxy " + version.group(1) + "." + version.group(2)
                        + "; its runtime API takes new servers from 2.6 on: install a newer one");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new CannotStart("interrupted while HAProxy was asked for its version");
        }
    }

    private static Path directory(Configuration configuration, Map<String, String> environment) throws CannotStart {
        String given = configuration.value(Schema.HAPROXY_DIR);
        Path directory = (given.isEmpty() ? ControlDirectory.of("", environment).resolve("haproxy") : Path.of(given))
                .toAbsolutePath()
                .normalize();
        try {
            if (!Files.isDirectory(directory)) {
                ControlDirectory.make(directory);
            } else if (!Files.isWritable(directory)
                    || Files.getPosixFilePermissions(directory).contains(PosixFilePermission.OTHERS_WRITE)) {
                throw new IOException("it must be writable for this user, and not for all");
            }
        } catch (IOException e) {
            throw new CannotStart(configuration.origin(Schema.HAPROXY_DIR) + ": " + directory + " cannot be used: "
                    + FileTrouble.of(e) + "; give a writable directory of this user with -haproxy-dir");
        }
        return directory;
    }

    /** One balancer for each directory; and a configuration that somebody else put there is not ours to replace. */
    private static FileChannel lock(Configuration configuration, Path directory) throws CannotStart {
        Path file = directory.resolve("muster.lock");
        String place = configuration.origin(Schema.HAPROXY_DIR) + ": ";
        if (!Files.exists(file) && Files.exists(directory.resolve("haproxy.cfg"))) {
            throw new CannotStart(
                    place + directory + " holds a haproxy.cfg that is not Muster's, which would replace it;"
                            + " give another directory with -haproxy-dir, and that file as -haproxy-template");
        }
        try {
            FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock;
            try {
                lock = channel.tryLock();
            } catch (OverlappingFileLockException e) {
                lock = null;
            }
            if (lock == null) {
                channel.close();
                throw new CannotStart(place + "another balancer drives an HAProxy in " + directory
                        + "; give this one its own with -haproxy-dir");
            }
            return channel;
        } catch (IOException e) {
            throw new CannotStart(place + file + " cannot be written: " + FileTrouble.of(e));
        }
    }

    /**
     * HAProxy binds with SO_REUSEPORT: beside another one of the same user it would get half of the connections, and nobody
     * would say so. What else is wrong it says itself; it may do more than this process, as with ports below 1024.
     */
    static void checkPorts(Configuration configuration) throws CannotStart {
        for (Setting<Endpoint> setting : List.of(Schema.LISTEN, Schema.STATS, Schema.HAPROXY_CLI)) {
            Endpoint endpoint = configuration.value(setting);
            boolean used = endpoint.hasPort()
                    && (configuration.value(Schema.HAPROXY_TEMPLATE).isEmpty() || configuration.isSet(setting));
            if (!used) {
                continue;
            }
            try (var socket = new ServerSocket()) {
                socket.bind(
                        endpoint.host().isEmpty()
                                ? new InetSocketAddress(endpoint.port())
                                : new InetSocketAddress(endpoint.host(), endpoint.port()));
            } catch (IOException e) {
                if (!String.valueOf(e.getMessage()).contains("Address already in use")) {
                    continue;
                }
                throw new CannotStart(configuration.origin(setting) + ": " + endpoint + " cannot be had: "
                        + e.getMessage() + ". Is another program there, or an HAProxy of a balancer that was killed?"
                        + " Stop it, or choose another port; with the same -haproxy-dir it would be taken over");
            }
        }
    }

    /** HAProxy listens with SO_REUSEPORT: of two on one port, which only its own template may name, each gets a part of the connections. */
    private static void refuseSharedPorts(Configuration configuration) throws CannotStart {
        try {
            List<String> shared = ListeningSockets.shared();
            if (!shared.isEmpty()) {
                throw new CannotStart(
                        configuration.origin(Schema.HAPROXY_TEMPLATE) + ": HAProxy listens at "
                                + String.join("; at ", shared)
                                + ": the kernel would give each a part of the connections. Stop the other, or choose another port");
            }
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "haproxy: whether its ports are its own is not known: " + FileTrouble.of(e));
        }
    }

    private static Publisher.Step check(Commands shell, String executable) {
        return file -> shell.run(
                "exec \"$PROGRAM\" -c -f \"$RENDERED\"",
                new TreeMap<>(Map.of("PROGRAM", executable, "RENDERED", file.toString())),
                CHECK_TIMEOUT);
    }

    private static Function<Model, Rendering> template(
            Configuration configuration, SortedMap<String, String> environment, DriverSettings settings)
            throws CannotStart {
        var given = new HashMap<>(environment);
        given.putAll(values(configuration));
        given.put("MUSTER_HAPROXY_STATE", settings.state().toString());
        String own = configuration.value(Schema.HAPROXY_TEMPLATE);
        if (own.isEmpty()) {
            Template builtIn = Ready.haproxy(given);
            return builtIn::render;
        }
        refuseUnread(configuration, Path.of(own));
        var mixture = new Mixture(Path.of(own), sentence -> Log.line(LogLevel.WARN, "haproxy: " + sentence));
        return model -> {
            Rendering rendering =
                    Template.read(Path.of(own), Syntax.HAPROXY, given).render(model);
            mixture.made(rendering, model);
            return rendering;
        };
    }

    /** A setting that the template does not read would do nothing. */
    static void refuseUnread(Configuration configuration, Path template) throws CannotStart {
        Template read;
        try {
            read = Template.read(template, Syntax.HAPROXY, Map.of());
        } catch (BadTemplate e) {
            return; // who renders it says so
        }
        for (Setting<?> setting : OF_THE_TEMPLATE) {
            if (configuration.isSet(setting) && !read.mentions(setting.variable())) {
                throw new CannotStart(configuration.origin(setting) + ": the template " + template
                        + " does not read it, so it would do nothing; write {{env \"" + setting.variable()
                        + "\"}} where it belongs, or leave the setting away");
            }
        }
    }

    /** As HAProxy writes them. */
    private static Map<String, String> values(Configuration configuration) throws CannotStart {
        var values = new HashMap<String, String>();
        values.put(Schema.POOL.variable(), configuration.value(Schema.POOL));
        values.put(Schema.LISTEN.variable(), bind(configuration, Schema.LISTEN, LISTEN_PORT));
        values.put(Schema.STATS.variable(), bind(configuration, Schema.STATS, Endpoint.NO_PORT));
        values.put(Schema.HAPROXY_CLI.variable(), bind(configuration, Schema.HAPROXY_CLI, Endpoint.NO_PORT));
        values.put(Schema.HAPROXY_CHECK.variable(), configuration.value(Schema.HAPROXY_CHECK));
        values.put(Schema.PICKER.variable(), configuration.value(Schema.PICKER));
        // Unless somebody sets them, HAProxy takes and gives as many as its limit of open files allows.
        for (Setting<Integer> limit : List.of(Schema.MAX_CONNECTIONS, Schema.BACKEND_MAX_CONNECTIONS)) {
            values.put(
                    limit.variable(),
                    configuration.isSet(limit) ? configuration.value(limit).toString() : "");
        }
        for (Setting<Duration> time : List.of(
                Schema.HEAD_TIMEOUT,
                Schema.KEEP_ALIVE_TIMEOUT,
                Schema.CONNECT_TIMEOUT,
                Schema.RESPONSE_TIMEOUT,
                Schema.QUEUE_TIMEOUT,
                Schema.TUNNEL_TIMEOUT,
                ServiceSchema.DRAIN_TIMEOUT)) {
            values.put(time.variable(), configuration.value(time).toMillis() + "ms");
        }
        return values;
    }

    /** The address as {@code bind} takes it; "" for none. */
    private static String bind(Configuration configuration, Setting<Endpoint> setting, int portUnlessGiven)
            throws CannotStart {
        Endpoint endpoint = configuration.value(setting);
        int port = endpoint.portOr(portUnlessGiven);
        if (port == 0) {
            throw new CannotStart(configuration.origin(setting) + ": HAProxy does not choose a port; give one");
        }
        if (port == Endpoint.NO_PORT) {
            if (!endpoint.host().isEmpty()) {
                throw new CannotStart(
                        configuration.origin(setting) + ": give a port, like " + endpoint.host() + ":1936");
            }
            return "";
        }
        return new Endpoint(endpoint.host(), port).toString();
    }

    private static Voice voice(Agent agent) {
        var probes = new ProbeRequests(agent::probeNow);
        return new Voice() {
            @Override
            public void info(String sentence) {
                Log.line(LogLevel.INFO, "haproxy: " + sentence);
            }

            @Override
            public void warn(String sentence) {
                sentence.lines().forEach(line -> Log.line(LogLevel.WARN, "haproxy: " + line));
            }

            @Override
            public void down(String host, int port) {
                String dead = ServerFigures.place(host, port);
                agent.members().stream()
                        .filter(member -> ServerFigures.place(member.address().host(), port)
                                .equals(dead))
                        .forEach(member -> probes.ask(member.name()));
            }
        };
    }

    @Override
    public int port() {
        return port;
    }

    /** What membership says of a backend, and where it has nothing against it, what HAProxy does. */
    @Override
    public List<Pool.Snapshot> pools() {
        long now = System.nanoTime();
        HaproxyView view;
        SortedMap<String, Pool> pools = keeper.get().pools();
        try {
            view = HaproxyView.of(driver.figures(), pools.keySet());
        } catch (IOException e) {
            view = HaproxyView.silent("HAProxy does not answer: " + e.getMessage());
        }
        var snapshots = new ArrayList<Pool.Snapshot>();
        for (Pool pool : pools.values()) {
            Pool.Snapshot snapshot = pool.snapshot(now);
            snapshots.add(new Pool.Snapshot(
                    snapshot.name(),
                    snapshot.backends().stream().map(view::of).toList(),
                    snapshot.panicPicks(),
                    snapshot.emptyPicks()));
        }
        return snapshots;
    }

    /** The template may send requests to any. */
    @Override
    public boolean serves(String pool) {
        return true;
    }

    @Override
    public SortedMap<String, Long> counters() {
        return keeper.countersBeside(driver.counters());
    }

    @Override
    public void drain() throws InterruptedException {
        Log.line(LogLevel.INFO, "balance: draining: HAProxy takes no new connections, requests in flight finish");
        long left = driver.drain(drainLimit);
        if (left > 0) {
            Log.line(
                    LogLevel.WARN,
                    "balance: " + left + " requests were still under way after the drain timeout and are cut");
        }
        program.stop();
    }

    @Override
    public void close() {
        keeper.close();
        driver.close();
        program.close();
        try {
            lock.close();
        } catch (IOException e) {
            Log.line(LogLevel.DEBUG, "haproxy: the lock is not closed: " + e.getMessage());
        }
    }
}
