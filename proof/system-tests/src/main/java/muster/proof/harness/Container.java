package muster.proof.harness;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;

/** One container with Muster as its first process. Safe to use from any thread. */
public final class Container {

    private final Podman podman;
    private final String wholeName;
    private final String name;

    Container(Podman podman, String wholeName, String name) {
        this.podman = podman;
        this.wholeName = wholeName;
        this.name = name;
    }

    /** Its host name, which is its name in the cluster too. */
    public String name() {
        return name;
    }

    /** Its name in podman. */
    String wholeName() {
        return wholeName;
    }

    /** What its web app calls itself in answers. */
    public String app() {
        return name + ":3000";
    }

    public Container start() {
        podman.run("start", wholeName).orFail();
        return this;
    }

    /** Starts it, and returns when its agent runs. */
    public Container startAndAwait() {
        start();
        Await.until(
                name + " to run",
                Await.PATIENCE,
                () -> log().contains("Log data will now stream in"),
                () -> inspect("{{.State.Status}}") + "\n" + log());
        return this;
    }

    /** As an operator stops it: TERM, and KILL after ten seconds. @return its exit code */
    public int stop() {
        podman.run("stop", wholeName).orFail();
        return exitCode();
    }

    /** SIGKILL to its first process: the machine lost power. */
    public void kill() {
        podman.run("kill", wholeName).orFail();
    }

    /** Its cable is pulled: from now on it hears nobody and nobody hears it, and connections with it just fall silent. */
    public void unplug() {
        Command.run(
                        List.of(
                                "nsenter",
                                "--net",
                                "--target=" + firstProcess().pid(),
                                "ip",
                                "link",
                                "set",
                                "eth0",
                                "down"),
                        Map.of())
                .orFail();
    }

    public boolean running() {
        return inspect("{{.State.Running}}").equals("true");
    }

    public int exitCode() {
        return Integer.parseInt(inspect("{{.State.ExitCode}}"));
    }

    /** Its first process as the host sees it. */
    public ProcessHandle firstProcess() {
        return ProcessHandle.of(Long.parseLong(inspect("{{.State.Pid}}"))).orElseThrow();
    }

    /** HOST:PORT at which this port of it is published. */
    public String published(int port) {
        return podman.run("port", wholeName, Integer.toString(port))
                .orFail()
                .stdout()
                .strip();
    }

    /** Runs a command inside. */
    public Outcome exec(String... command) {
        var all = new ArrayList<>(List.of("exec", wholeName));
        all.addAll(Arrays.asList(command));
        return podman.run(all);
    }

    /** Everything that it has printed. */
    public String log() {
        return podman.run("logs", wholeName).output();
    }

    /** What {@code muster members} says inside: the status by name. */
    public Map<String, String> members() {
        return column(exec("muster", "members", "-format=json"), "members", "name", "status");
    }

    /** What {@code muster pool} says inside a balancer: the state by the name of the node. */
    public Map<String, String> pool() {
        return column(exec("muster", "pool", "-format=json"), "backends", "node", "state");
    }

    private static Map<String, String> column(Outcome outcome, String array, String key, String value) {
        var column = new TreeMap<String, String>();
        if (outcome.exitCode() == 0) { // else it is not listening yet, or no more
            for (var row : Json.objects(Json.object(outcome.stdout()).get(array))) {
                column.put(text(row, key), text(row, value));
            }
        }
        return column;
    }

    private static String text(Map<String, ?> row, String key) {
        return String.valueOf(Objects.requireNonNull(row.get(key), key));
    }

    private String inspect(String format) {
        return podman.run("inspect", "--format", format, wholeName)
                .orFail()
                .stdout()
                .strip();
    }

    @Override
    public String toString() {
        return name + " (" + wholeName + ")";
    }
}
