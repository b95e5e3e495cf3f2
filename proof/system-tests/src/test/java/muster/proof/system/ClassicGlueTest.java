package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import muster.proof.harness.Await;
import muster.proof.harness.Cell;
import muster.proof.harness.Connection;
import muster.proof.harness.DebianSerf;
import muster.proof.harness.Launcher;
import muster.proof.harness.Member;
import muster.proof.harness.Program;
import muster.proof.harness.SerfAgent;
import muster.proof.harness.Stage;
import muster.proof.harness.WebApp;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * {@code examples/classic-glue}, file for file the same: once under Debian's s6 and serf with the small handlebars command of
 * Node, once under Muster in the place of all three. The same story of real serf agents is told to both.
 */
@ExtendWith(Stages.class)
class ClassicGlueTest {
    private static final Path GLUE = Launcher.root().resolve("examples/classic-glue/etc");
    private static final Path HANDLEBARS =
            Launcher.root().resolve("agent/target/npm/node_modules/handlebars-cmd/index.js");
    private static final int SERF_PORT = 27_946;
    private static final int RPC_PORT = 27_373;

    /** The part of s6-overlay's stages 1 and 2 that this tree needs, made of s6. */
    private static final String STOCK_INIT = """
            mkdir -p /run/s6/container_environment /run/s6/services
            for name in NODE LISTEN SERF_PORT SERF_RPC PATH; do
                eval "printf %s \\"\\$$name\\"" >/run/s6/container_environment/$name
            done
            for script in /etc/cont-init.d/*; do "$script" || exit; done
            cp -a /etc/services.d/. /run/s6/services
            exec s6-svscan /run/s6/services
            """;

    @BeforeAll
    static void peers() {
        assumeTrue(Cell.missing().isEmpty(), Cell::missing);
        assumeTrue(Files.exists(HANDLEBARS), "handlebars-cmd is not installed; ./verify installs it");
    }

    /** What there is to see after a step of the story: the files of nodes, the configuration, and HAProxy's servers. */
    private record Scene(String step, String nodes, String configuration, List<String> servers) {}

    @Test
    void the_same_tree_does_the_same_under_muster_as_under_s6_serf_and_handlebars(Stage stage) {
        String address = stage.address();
        var site = Site.of(stage, address);
        var classic = new Cell(stage, "classic")
                .command("with-contenv", "#!/bin/sh\nexec s6-envdir /run/s6/container_environment \"$@\"\n")
                .command("handlebars", "#!/bin/sh\nexec node " + HANDLEBARS + " \"$@\"\n");
        var muster = new Cell(stage, "muster")
                .faces("serf", "handlebars")
                .shims("s6-svc")
                // As in an installation that may be written to: otherwise each call of ours starts without its cache.
                .environment("MUSTER_CACHE", stage.directory().resolve("cache").toString());

        var told = new Glue(classic, address).told(List.of("sh", "-c", STOCK_INIT), site);
        var ours = new Glue(muster, address).told(Launcher.command("init"), site);

        assertThat(told.events)
                .containsExactly(
                        "member-join lb " + address + " balancer role=balancer",
                        "member-join a " + site.a.host() + " backend port=23000,role=backend",
                        "member-join b " + site.b.host() + " backend port=23999,role=backend",
                        "member-update b " + site.b.host() + " backend port=23000,role=backend",
                        "user maintenance a",
                        "member-join c " + site.c.host() + " backend role=backend",
                        "member-failed c " + site.c.host() + " backend role=backend",
                        "member-leave b " + site.b.host() + " backend port=23000,role=backend");
        assertThat(ours.events).isEqualTo(told.events);
        for (int i = 0; i < told.scenes.size(); i++) {
            assertThat(ours.scenes.get(i)).isEqualTo(told.scenes.get(i));
        }
        assertThat(ours.farewell).isEqualTo(told.farewell).isEqualTo("left");
        assertThat(ours.exitCode).isEqualTo(told.exitCode).isZero();
    }

    @ParameterizedTest
    @ValueSource(strings = {"serf", "muster"})
    void handlers_take_turns(String make, Stage stage) {
        String address = stage.address();
        Path file = stage.directory().resolve("turns");
        // The same script twice, for all events and for one: without turns the second would not wait for the end of the
        // first.
        Path script = stage.file("handler.sh", "echo begin >>%1$s; sleep 0.5; echo end >>%1$s\n".formatted(file));
        var command =
                new ArrayList<>(make.equals("serf") ? List.of("serf", "agent") : Launcher.command("serf", "agent"));
        command.addAll(List.of(
                "-node=lb",
                "-bind=" + address + ":" + SERF_PORT,
                "-rpc-addr=" + address + ":" + RPC_PORT,
                "-event-handler=sh " + script,
                "-event-handler=member-join=sh " + script));
        Program program = stage.start(make, command);

        Await.until("both to have run", Await.PATIENCE, () -> lines(file) == 4, program::output);

        assertThat(file).hasContent("begin\nend\nbegin\nend\n");
    }

    private static long lines(Path file) {
        try (var lines = Files.lines(file)) {
            return lines.count();
        } catch (IOException e) {
            return 0;
        }
    }

    /** The machines behind it; they are started anew for each telling. */
    private record Site(SerfAgent a, SerfAgent b, SerfAgent c) {
        static Site of(Stage stage, String address) {
            var join = new String[] {"-retry-join=" + address + ":" + SERF_PORT, "-retry-interval=1s"};
            var site = new Site(
                    stage.serf("a").with(join).with("-tag=role=backend", "-tag=port=23000"),
                    stage.serf("b").with(join).with("-tag=role=backend", "-tag=port=23999"),
                    stage.serf("c").with(join).with("-tag=role=backend"));
            for (SerfAgent each : List.of(site.a, site.b)) {
                stage.start("app of " + each.name(), WebApp.command(each.name(), each.host(), Stage.APP_PORT));
            }
            return site;
        }
    }

    /** One balancer by the glue, from its start to its end. */
    private static final class Glue {
        private final Cell cell;
        private final String address;
        private final List<Scene> scenes = new ArrayList<>();
        private List<String> events = List.of();
        private String farewell = "";
        private int exitCode = -1;

        Glue(Cell cell, String address) {
            this.cell = cell.tree(GLUE)
                    .environment("NODE", "lb")
                    .environment("LISTEN", address)
                    .environment("SERF_PORT", Integer.toString(SERF_PORT))
                    .environment("SERF_RPC", address + ":" + RPC_PORT);
            this.address = address;
        }

        Glue told(List<String> init, Site site) {
            Program program = cell.start(init);
            awaitAgent(program);
            // Serf hands out after a second what came in it, in any order.
            Await.until(
                    "lb to hear of itself",
                    () -> cell.shell(program, "cat /run/events").stdout().contains(" lb "));
            see("nobody is there", program, List.of(), "503");

            site.a.start();
            see("a joins", program, List.of("a " + site.a.host() + ":23000"), "a");
            site.b.start();
            see("b joins with a wrong port", program, servers(site, "23999"), "a");
            DebianSerf.run(site.b.rpcAddress(), "tags", "-set", "port=23000").orFail();
            see("b changes", program, servers(site, "23000"), "b");
            DebianSerf.run(address + ":" + RPC_PORT, "event", "-coalesce=false", "maintenance", "a")
                    .orFail();
            see("a is taken out by an event", program, List.of("b " + site.b.host() + ":23000"), "b");
            site.c.start();
            see(
                    "c joins without a port",
                    program,
                    List.of("b " + site.b.host() + ":23000", "c " + site.c.host() + ":3000"),
                    "b");
            Await.until("the page to show c", () -> page().contains("\nweb,c,"));
            site.c.kill();
            see("c fails", program, List.of("b " + site.b.host() + ":23000"), "b");
            assertThat(site.b.leave()).isZero();
            see("b leaves", program, List.of(), "503");

            events = withoutRepeats(
                    cell.shell(program, "cat /run/events").orFail().stdout().lines());
            Cell.signal(program, "TERM");
            exitCode = program.awaitExit();
            Await.until("a to hear of the end", () -> List.of("left", "failed").contains(state(site.a)));
            farewell = state(site.a);
            site.a.kill();
            return this;
        }

        private static List<String> servers(Site site, String portOfB) {
            return List.of("a " + site.a.host() + ":23000", "b " + site.b.host() + ":" + portOfB);
        }

        private void awaitAgent(Program program) {
            Await.until(
                    "the agent to answer",
                    Await.PATIENCE,
                    () -> DebianSerf.run(address + ":" + RPC_PORT, "members").exitCode() == 0,
                    program::output);
        }

        /** Waits until HAProxy has these servers and one of them answers, and keeps what there is to see then. */
        private void see(String step, Program program, List<String> servers, String answerer) {
            Await.until(
                    step + ": HAProxy to have " + servers,
                    Await.PATIENCE,
                    () -> servers().equals(servers),
                    () -> servers() + "\n" + program.output());
            Await.until(step + ": an answer of " + answerer, () -> answer().equals(answerer));
            // Serf's repeated updates write it once more meanwhile, to the same end.
            var configuration = new String[1];
            Await.until(
                    step + ": a whole configuration",
                    () -> (configuration[0] = configuration(program)).endsWith("stats refresh 5s\n"));
            scenes.add(new Scene(step, nodes(program), configuration[0], servers()));
        }

        private String nodes(Program program) {
            // Not those that a handler is writing: it gives them their names when they are whole.
            return cell.shell(program, "cd /run/nodes && find . -name '[!.]*.json' -exec tail -n +1 {} + | sort")
                    .orFail()
                    .stdout();
        }

        private String configuration(Program program) {
            return cell.shell(program, "cat /etc/haproxy/haproxy.cfg").orFail().stdout();
        }

        /** The servers of the running HAProxy by its CLI: name, address and port. */
        private List<String> servers() {
            try (var socket = new Socket()) {
                socket.connect(new InetSocketAddress(address, 9999), 5_000);
                socket.setSoTimeout(5_000);
                socket.getOutputStream().write("show servers state web\n".getBytes(StandardCharsets.US_ASCII));
                var text = new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII);
                return text.lines()
                        .filter(line -> !line.startsWith("#") && line.contains(" web "))
                        .map(line -> line.split(" "))
                        .map(words -> words[3] + " " + words[4] + ":" + words[18])
                        .toList();
            } catch (IOException e) {
                return List.of("none: " + e);
            }
        }

        /** HAProxy's own page on 1936, as a table. */
        private String page() {
            try (var connection = new Connection(address + ":1936", Duration.ofSeconds(5))) {
                return connection.exchange("GET", "/;csv", "", new byte[0]).text();
            } catch (IOException e) {
                return "none: " + e;
            }
        }

        /** Who answers a request; the status when it is not 200. */
        private String answer() {
            try (var connection = new Connection(address + ":80", Duration.ofSeconds(5))) {
                var response = connection.exchange("GET", "/who", "", new byte[0]);
                return response.status() == 200
                        ? response.text().replaceAll("(?s).*\"name\": ?\"([^\"]*)\".*", "$1")
                        : Integer.toString(response.status());
            } catch (IOException e) {
                return "none: " + e;
            }
        }

        private static String state(Member from) {
            return from.members().get("lb").status();
        }

        /**
         * Serf hands out a member's last update again whenever it hands out events of others, until that member has another
         * event.
         */
        private static List<String> withoutRepeats(Stream<String> lines) {
            var last = new HashMap<String, String>();
            return lines.map(Glue::tagsInOrder)
                    .filter(line ->
                            !line.equals(last.put(line.split(" ")[1], line)) || !line.startsWith("member-update "))
                    .toList();
        }

        /** Serf writes tags in the random order of Go's maps. */
        private static String tagsInOrder(String event) {
            int tags = event.lastIndexOf(' ') + 1;
            return event.substring(0, tags)
                    + Arrays.stream(event.substring(tags).split(","))
                            .collect(Collectors.toCollection(TreeSet::new))
                            .stream()
                            .collect(Collectors.joining(","));
        }
    }
}
