package muster.proof.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;

/**
 * One test's own piece of the machine: loopback addresses, a directory, and the processes on it.
 *
 * <p>Every node gets an address of its own in 127.0.0.0/8, so ports are fixed and never clash between tests that run at the
 * same time. Every process carries a mark in its environment that its children inherit; {@link #close} ends whatever carries it,
 * also what a killed supervisor left behind.
 */
public final class Stage implements AutoCloseable {

    private static final String MARK = "PROOF_STAGE";

    // Below the range from which Linux takes the ports of outgoing connections.
    static final int GOSSIP_PORT = 27_946;
    static final int RPC_PORT = 27_373;
    /** Where each app listens, on the address of its node. */
    public static final int APP_PORT = 23_000;

    static final int LISTEN_PORT = 28_080;
    static final int STATS_PORT = 21_936;

    // Two builds on one machine start at different places; stages of one build count on from there.
    private static final AtomicInteger NEXT_STAGE =
            new AtomicInteger((int) (ProcessHandle.current().pid() % 50_000));

    private final String mark = UUID.randomUUID().toString();
    private final Path directory;
    private final String network;
    private final AtomicInteger nextHost = new AtomicInteger(1);
    private final List<Program> programs = new CopyOnWriteArrayList<>();
    private final Thread atExit = new Thread(this::endProcesses);

    public Stage() {
        int number = NEXT_STAGE.getAndIncrement() % 50_000;
        network = "127." + (16 + number / 250) + "." + (1 + number % 250) + ".";
        try {
            // Readable for all: servers that give up root after their start must read it too.
            directory = Files.createTempDirectory("muster-proof-");
            Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwxr-xr-x"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Runtime.getRuntime().addShutdownHook(atExit);
    }

    /** Another loopback address that nobody else uses. */
    public String address() {
        return network + nextHost.getAndIncrement();
    }

    public Path directory() {
        return directory;
    }

    /** A file with this content in the directory of the stage. Whoever reads it meanwhile sees it whole, or the one before. */
    public Path file(String name, String content) {
        try {
            Path whole = Files.writeString(directory.resolve("." + name + ".new"), content);
            return Files.move(whole, directory.resolve(name), StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** An agent of Debian's serf, not yet started. */
    public SerfAgent serf(String name) {
        return new SerfAgent(this, name, address());
    }

    /** A plain Muster member ({@code muster agent}), not yet started. */
    public MusterNode agent(String name) {
        return MusterNode.agent(this, name, address());
    }

    /** A web app under {@code muster run}, not yet started. */
    public MusterNode app(String name) {
        return MusterNode.app(this, name, address());
    }

    /** A balancer, not yet started. */
    public MusterNode balancer(String name) {
        return MusterNode.balancer(this, name, address());
    }

    public Program start(String name, List<String> command) {
        return start(name, command, Map.of());
    }

    public Program start(String name, List<String> command, Map<String, String> environment) {
        var program = Program.start(name, command, marked(environment), directory);
        programs.add(program);
        return program;
    }

    /** Runs {@code muster ARGUMENTS} to its end. */
    public Outcome muster(String... arguments) {
        return muster(Map.of(), arguments);
    }

    public Outcome muster(Map<String, String> environment, String... arguments) {
        return Command.run(Launcher.command(List.of(arguments)), marked(environment));
    }

    private Map<String, String> marked(Map<String, String> environment) {
        var all = new HashMap<>(Launcher.environment());
        all.putAll(environment);
        all.put(MARK, mark);
        all.put("RECORD_POSTS", posts().toString());
        return all;
    }

    private Path posts() {
        return directory.resolve("posts");
    }

    /** The targets of the POSTs that its apps were given, each as often as it was; those that began and broke off too. */
    public List<String> postsGiven() {
        try {
            return Files.exists(posts()) ? Files.readAllLines(posts()) : List.of();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Everything that was printed, by program: what one wants to read after a failure. */
    public void describe(Consumer<String> out) {
        for (var program : programs) {
            out.accept("──── " + program + (program.running() ? "" : ", ended"));
            program.lines().forEach(line -> out.accept(line.text()));
        }
    }

    @Override
    public void close() {
        Runtime.getRuntime().removeShutdownHook(atExit);
        endProcesses();
        try (var files = Files.walk(directory)) {
            for (var file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(file);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("cannot remove " + directory, e);
        }
    }

    private void endProcesses() {
        // nginx writes its title over its environment, and with it the mark: first what is known to be a child of ours.
        for (var program : programs) {
            program.endWithDescendants();
        }
        // A supervisor may be starting a child while its siblings are killed: look until nothing is left.
        for (var pids = markedProcesses(); !pids.isEmpty(); pids = markedProcesses()) {
            pids.forEach(ProcessHandle::destroyForcibly);
            Await.pause(java.time.Duration.ofMillis(10));
        }
    }

    private List<ProcessHandle> markedProcesses() {
        var entry = MARK + "=" + mark + "\0";
        var found = new ArrayList<ProcessHandle>();
        ProcessHandle.allProcesses().filter(ProcessHandle::isAlive).forEach(process -> {
            try {
                var environment = Files.readString(
                        Path.of("/proc", Long.toString(process.pid()), "environ"), StandardCharsets.ISO_8859_1);
                if (environment.contains(entry)) {
                    found.add(process);
                }
            } catch (IOException e) {
                // It ended meanwhile, is a zombie, or belongs to somebody else: not ours to end.
                return;
            }
        });
        return found;
    }
}
