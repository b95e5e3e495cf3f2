package muster.proof.system;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import muster.proof.harness.Await;
import muster.proof.harness.Command;
import muster.proof.harness.DebianSerf;
import muster.proof.harness.Launcher;
import muster.proof.harness.MusterNode;
import muster.proof.harness.Outcome;
import muster.proof.harness.Stage;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Files that follow the cluster, and what happens to them when a program or a disk does not play along. */
@ExtendWith(Stages.class)
class TemplatesTest {
    private static final String TEMPLATE = "{{#each addresses}}\nserver {{host}} {{port}} {{tags.zone}}\n{{/each}}\n";

    private static String text(Path file) {
        try {
            return Files.readString(file);
        } catch (IOException e) {
            return "";
        }
    }

    private static void awaitText(Path file, String text, MusterNode node) {
        Await.until(
                file + " to be \"" + text + "\"",
                Await.PATIENCE,
                () -> text(file).equals(text),
                () -> text(file) + "\n" + node.program().output());
    }

    private static boolean exists(Stage stage, String file) {
        return Files.exists(stage.directory().resolve(file));
    }

    /** An agent that offers a service and follows itself with a template; commands find files beside the destination. */
    private static MusterNode follower(Stage stage, String more) {
        return follower(stage, more, "");
    }

    private static MusterNode follower(Stage stage, String more, String others) {
        Path folder = stage.directory();
        stage.file("t.hb", TEMPLATE);
        Path settings = stage.file("node.yaml", """
                tags: {svc.web: "3000", zone: eu}
                templates:
                  web:
                    template: %1$s/t.hb
                    destination: %1$s/out/web.cfg
                    quiet: 0s
                """.formatted(folder) + more.indent(4) + others.indent(2));
        try {
            Files.createDirectories(folder.resolve("out"));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return stage.agent("m1").with("-config-file=" + settings);
    }

    private static void zone(MusterNode node, String zone) {
        node.serf("tags", "-set", "zone=" + zone).orFail();
    }

    @Test
    void watching_a_real_serf_agent_writes_its_members_and_outlives_it(Stage stage) {
        Path template = stage.file("t.hb", TEMPLATE);
        Path destination = stage.directory().resolve("web.cfg");
        var seed = stage.serf("seed").start();
        var first = stage.serf("s1")
                .with("-tag=role=backend", "-tag=zone=eu")
                .joining(seed)
                .start();
        seed.awaitSees("alive", first);

        var watch = stage.start(
                "render",
                Launcher.command(
                        "render",
                        "-watch",
                        "-rpc-addr=" + seed.rpcAddress(),
                        "-backend-port=3000",
                        "-template=" + template + ":" + destination),
                Map.of("JAVA_HOME", System.getProperty("java.home")));
        Await.until("s1 alone", Await.PATIENCE, () -> text(destination).equals("server s1 3000 eu\n"), watch::output);
        var second = stage.serf("s2").with("-tag=role=backend").joining(seed).start();
        Await.until("s1 and s2", () -> text(destination).equals("server s1 3000 eu\nserver s2 3000 \n"));
        DebianSerf.run(first.rpcAddress(), "tags", "-set", "zone=us").orFail();
        Await.until("s1 to move", () -> text(destination).equals("server s1 3000 us\nserver s2 3000 \n"));

        seed.kill();
        watch.awaitLine("the files stay as they are until it is back");
        assertThat(destination).hasContent("server s1 3000 us\nserver s2 3000 \n");
        assertThat(second.leave()).isZero();
        seed.joining(first).start();
        Await.until(
                "s1 alone again", Await.PATIENCE, () -> text(destination).equals("server s1 3000 us\n"), watch::output);

        stage.file("t.hb", "{{#each addresses}}{{host}}{{/each}}\n");
        watch.signal("HUP");
        Await.until("the edited template", () -> text(destination).equals("s1\n"));
        assertThat(watch.stop()).isZero();
    }

    @Test
    void hup_renders_an_edited_template_and_a_broken_one_leaves_the_last_good_file(Stage stage) {
        var node = follower(stage, "").start();
        Path destination = stage.directory().resolve("out/web.cfg");
        awaitText(destination, "server m1 3000 eu\n", node);

        stage.file("t.hb", "# edited\n" + TEMPLATE);
        node.program().signal("HUP");
        awaitText(destination, "# edited\nserver m1 3000 eu\n", node);

        stage.file("t.hb", "{{#each adresses}}{{/each}}\n");
        node.program().signal("HUP");
        node.program().awaitLine("template: name=web .*t.hb:1:4: each needs a list");
        assertThat(destination).hasContent("# edited\nserver m1 3000 eu\n");

        stage.file("t.hb", TEMPLATE);
        awaitText(destination, "server m1 3000 eu\n", node); // tried again by itself
    }

    @Test
    void a_check_that_refuses_keeps_the_old_file_until_the_fleet_is_fine_again(Stage stage) {
        var node = follower(stage, """
                check: '! grep bad "$RENDERED"'
                apply: cp "$DESTINATION" %s/applied
                """.formatted(stage.directory())).start();
        Path destination = stage.directory().resolve("out/web.cfg");
        awaitText(stage.directory().resolve("applied"), "server m1 3000 eu\n", node);

        zone(node, "bad");
        node.program().awaitLine("template: name=web the check does not like the new file");
        node.program().awaitLine("template: name=web server m1 3000 bad");
        assertThat(destination).hasContent("server m1 3000 eu\n");
        assertThat(stage.directory().resolve("out/.web.cfg.refused")).hasContent("server m1 3000 bad\n");

        zone(node, "us");
        awaitText(stage.directory().resolve("applied"), "server m1 3000 us\n", node);
        assertThat(destination).hasContent("server m1 3000 us\n");
        assertThat(exists(stage, "out/.web.cfg.refused")).isFalse();
        assertThat(stage.directory().resolve("out/web.cfg.1")).hasContent("server m1 3000 eu\n");
    }

    @Test
    void an_application_that_hangs_is_rolled_back_and_tried_again(Stage stage) {
        var node = follower(stage, """
                apply: 'cp "$DESTINATION" %1$s/applied; if grep -q slow "$DESTINATION" && ! test -e %1$s/go; then sleep 1000; fi'
                timeout: 2s
                """.formatted(stage.directory())).start();
        Path destination = stage.directory().resolve("out/web.cfg");
        awaitText(stage.directory().resolve("applied"), "server m1 3000 eu\n", node);

        zone(node, "slow");
        node.program().awaitLine("longer than 2000 ms and was killed");
        node.program().awaitLine("the file before is back and applied");
        stage.file("go", "");

        awaitText(stage.directory().resolve("applied"), "server m1 3000 slow\n", node);
        awaitText(destination, "server m1 3000 slow\n", node);
    }

    @Test
    void commands_that_hang_hold_up_neither_the_agent_nor_other_files(Stage stage) {
        Path folder = stage.directory();
        String hang = "apply: 'touch %1$s/%2$s; until test -e %1$s/go; do sleep 0.1; done'\n";
        var node = follower(stage, hang.formatted(folder, "hangs"), """
                        two:
                          template: %1$s/t.hb
                          destination: %1$s/out/two.cfg
                          %2$s
                        other:
                          template: %1$s/t.hb
                          destination: %1$s/out/other.cfg
                        """.formatted(
                                folder, hang.formatted(folder, "hangs-too").strip()))
                .start();
        Await.until("both commands to hang", () -> exists(stage, "hangs") && exists(stage, "hangs-too"));

        assertThat(node.members()).containsKey("m1");
        zone(node, "us");
        awaitText(folder.resolve("out/other.cfg"), "server m1 3000 us\n", node);
        assertThat(folder.resolve("out/web.cfg")).hasContent("server m1 3000 eu\n");

        stage.file("go", "");
        awaitText(folder.resolve("out/web.cfg"), "server m1 3000 us\n", node);
        awaitText(folder.resolve("out/two.cfg"), "server m1 3000 us\n", node);
    }

    @Test
    void commands_do_not_see_the_keys_of_the_cluster(Stage stage) {
        var node = follower(
                        stage, "apply: env >%1$s/part && mv %1$s/part %1$s/environment\n".formatted(stage.directory()))
                .environment("MUSTER_ENCRYPT", "MDEyMzQ1Njc4OWFiY2RlZg==")
                .environment("GIVEN", "yes")
                .start();
        Path environment = stage.directory().resolve("environment");
        awaitText(stage.directory().resolve("out/web.cfg"), "server m1 3000 eu\n", node);
        Await.until("the command to run", () -> text(environment).contains("GIVEN=yes"));

        assertThat(text(environment)).contains("DESTINATION=").doesNotContain("MUSTER_ENCRYPT");
    }

    @Test
    void a_supervised_service_gets_a_signal_for_each_new_file(Stage stage) {
        Path folder = stage.directory();
        Path seen = folder.resolve("seen");
        stage.file("t.hb", TEMPLATE);
        String address = stage.address();
        Path settings = stage.file("init.yaml", """
                node_name: m1
                bind: %2$s:27946
                rpc_addr: %2$s:27373
                run_dir: %1$s/run
                control_dir: %1$s/control
                tags: {svc.web: "3000", zone: eu}
                services:
                  reader:
                    command: 'trap "cp %1$s/web.cfg %1$s/seen" HUP; echo up; while :; do sleep 0.1; done'
                templates:
                  web:
                    template: %1$s/t.hb
                    destination: %1$s/web.cfg
                    quiet: 0s
                    apply: %3$s svc signal -control-dir=%1$s/control HUP reader
                """.formatted(folder, address, Launcher.path()));
        var init = stage.start("init", Launcher.command("init", "-config-file=" + settings), Map.of());
        init.awaitLine("up$");
        Await.until(
                "the file to be read", Await.PATIENCE, () -> text(seen).equals("server m1 3000 eu\n"), init::output);

        DebianSerf.run(address + ":27373", "tags", "-set", "zone=us").orFail();

        Await.until(
                "the next to be read", Await.PATIENCE, () -> text(seen).equals("server m1 3000 us\n"), init::output);
        assertThat(init.stop()).isZero();
    }

    @Test
    void a_full_disk_and_a_read_only_one_keep_the_old_file_and_are_told_with_what_to_do(Stage stage) {
        var node = follower(stage, "keep: 0");
        Path disk = stage.directory().resolve("out");
        Path destination = disk.resolve("web.cfg");
        assumeTrue(mount("-t", "tmpfs", "-o", "size=64k", "tmpfs", disk).exitCode() == 0, "needs root to mount a disk");
        try {
            node.start();
            awaitText(destination, "server m1 3000 eu\n", node);

            Command.run(List.of("dd", "if=/dev/zero", "of=" + disk.resolve("ballast"), "bs=4096"), Map.of());
            zone(node, "us");
            node.program().awaitLine("web.cfg cannot be written: No space left on device .*make room");
            assertThat(destination).hasContent("server m1 3000 eu\n");
            Command.run(List.of("rm", disk.resolve("ballast").toString()), Map.of())
                    .orFail();
            awaitText(destination, "server m1 3000 us\n", node);

            mount("-o", "remount,ro", disk).orFail();
            zone(node, "asia");
            node.program().awaitLine("web.cfg cannot be written: Read-only file system .*writable");
            assertThat(destination).hasContent("server m1 3000 us\n");
            mount("-o", "remount,rw", disk).orFail();
            awaitText(destination, "server m1 3000 asia\n", node);
        } finally {
            Command.run(List.of("umount", "--lazy", disk.toString()), Map.of());
        }
    }

    private static Outcome mount(Object... words) {
        var command = new ArrayList<>(List.of("mount"));
        List.of(words).forEach(word -> command.add(word.toString()));
        return Command.run(command, Map.of());
    }
}
