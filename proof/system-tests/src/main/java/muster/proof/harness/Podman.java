package muster.proof.harness;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The podman of this machine, and Muster's images in it. Safe to use from any thread. */
public final class Podman {

    /** Why no container can be started here: a reason to skip what needs one, aloud. */
    public static final class Unavailable extends Exception {
        private static final long serialVersionUID = 1;

        Unavailable(String why) {
            super(why);
        }
    }

    /** A whole installation of a distribution and of Node, over the network. */
    private static final Duration BUILD_PATIENCE = Duration.ofMinutes(10);

    /** Such a program starts podman dozens of times. */
    private static final Duration OTHER_PATIENCE = Duration.ofMinutes(3);

    private static final String TAG_PREFIX = "proof-";

    private final String base;
    private final String tag;
    private final Map<String, String> environment;
    private final List<String> share;

    private Podman(String base, String tag, Map<String, String> environment, List<String> share) {
        this.base = base;
        this.tag = tag;
        this.environment = environment;
        this.share = share;
    }

    /** Finds out how containers run here, and builds the images of this clone. */
    public static Podman withImages() throws Unavailable {
        if (Command.run(List.of("sh", "-c", "command -v podman"), Map.of()).exitCode() != 0) {
            throw new Unavailable("podman is not installed");
        }
        var base = base();
        var plain = new Podman(base, buildId(), Launcher.environment(), List.of());
        var asItIs = plain.run("run", "--rm", base, "true");
        if (asItIs.exitCode() == 0) {
            return plain.build();
        }
        var modest = new Podman(base, buildId(), new HashMap<>(Launcher.environment()), List.of("--cgroup-parent=/"));
        modest.environment.put("CONTAINERS_CONF", modestConfiguration().toString());
        var modestly = modest.run("run", "--rm", base, "true");
        if (modestly.exitCode() == 0) {
            return modest.build();
        }
        throw new Unavailable("podman runs no container: " + asItIs.output() + modestly.output());
    }

    private static String base() throws Unavailable {
        var made = Command.run(
                List.of(Launcher.root().resolve("images/base").toString(), "--engine", "podman"),
                Map.of(),
                BUILD_PATIENCE);
        if (made.exitCode() != 0) {
            throw new Unavailable("there is no base image: " + made.output());
        }
        return made.stdout().strip();
    }

    // Inside a container or a small virtual machine, podman may not raise limits or manage cgroups as it does by
    // default.
    private static Path modestConfiguration() {
        var configuration = """
                [containers]
                default_ulimits = ["nofile=%1$d:%1$d", "nproc=4096:4096"]
                [engine]
                cgroup_manager = "cgroupfs"
                runtime = "runc"
                [network]
                network_backend = "netavark"
                """.formatted(openFilesMax());
        try {
            var folder = Files.createDirectories(Path.of(System.getProperty("java.io.tmpdir"), "muster-images"));
            return Files.writeString(folder.resolve("containers.conf"), configuration);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static long openFilesMax() {
        return Long.parseLong(Command.run(List.of("sh", "-c", "ulimit -Hn"), Map.of())
                .orFail()
                .stdout()
                .strip());
    }

    // Two clones on one machine build different images side by side.
    private static String buildId() {
        try {
            return TAG_PREFIX
                    + Files.readString(Launcher.root().resolve("packaging/target/muster/lib/build-id"))
                            .strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private Podman build() {
        var script = Launcher.root().resolve("images/build").toString();
        var all = new HashMap<>(environment);
        all.put("MUSTER_BUILD", "never"); // the build that runs these tests has built it
        Command.run(List.of(script, "--engine", "podman", "--base", base, "--tag", tag), all, BUILD_PATIENCE)
                .orFail();
        forgetOldBuilds();
        return this;
    }

    // Each build leaves images behind, for the next one to take layers from; after a day they only fill the disk.
    private void forgetOldBuilds() {
        var images = run(
                "images",
                "--filter=reference=*:" + TAG_PREFIX + "*",
                "--filter=until=24h",
                "--format={{.Repository}}:{{.Tag}}");
        images.orFail()
                .stdout()
                .lines()
                .filter(image -> !image.endsWith(":" + tag))
                .forEach(image -> run("rmi", image)); // one that is in use stays
        run("image", "prune", "--force", "--filter=label=muster.stage=trained", "--filter=until=24h");
    }

    /**
     * Flags of {@code podman create} and {@code podman run} by which each container has as much of the processors as any program here.
     * With plain control groups all containers together have the share of one otherwise, and starve beside other tests.
     */
    public List<String> ownShare() {
        return share;
    }

    /** What tells the images of this clone's build from those of others. */
    public String tag() {
        return tag;
    }

    /** The whole name of an image of ours: {@code muster}, {@code muster-balancer}, {@code muster-haproxy}, {@code muster-webapp}. */
    public String image(String name) {
        return name + ":" + tag;
    }

    /** Runs {@code podman ARGUMENTS} to its end. */
    public Outcome run(String... arguments) {
        return run(List.of(arguments));
    }

    public Outcome run(List<String> arguments) {
        var command = new ArrayList<>(List.of("podman"));
        command.addAll(arguments);
        return Command.run(command, environment);
    }

    /** One that something else has started. */
    public Container container(String wholeName, String name) {
        return new Container(this, wholeName, name);
    }

    /** Runs another program that will start podman itself, with these variables besides. */
    public Outcome runOther(List<String> command, Map<String, String> variables) {
        var all = new HashMap<>(environment);
        all.putAll(variables);
        return Command.run(command, all, OTHER_PATIENCE);
    }
}
