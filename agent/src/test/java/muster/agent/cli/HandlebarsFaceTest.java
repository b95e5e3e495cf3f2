package muster.agent.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

class HandlebarsFaceTest {
    private static final Path ORIGINAL =
            Path.of("target/npm/node_modules/handlebars-cmd/index.js").toAbsolutePath();

    /** In the current folder. */
    private static final Path INCLUDED = Path.of("target/handlebars-face");

    @BeforeAll
    static void writeFiles() throws Exception {
        Files.createDirectories(INCLUDED);
        Files.writeString(INCLUDED.resolve("greeting"), "Hello {{name}}<{{hash.x}}>\n");
        Files.writeString(INCLUDED.resolve("host"), "[{{host}}]");
        Files.writeString(INCLUDED.resolve("outer"), "{{{include \"" + absolute("host") + "\" o}}}");
        Files.writeString(INCLUDED.resolve("hostile"), "{{{include '/etc/passwd' this}}}");
    }

    private static String absolute(String file) {
        return INCLUDED.resolve(file).toAbsolutePath().toString();
    }

    record Case(String template, List<String> arguments, String text) {
        static Case of(String template, String text, String... arguments) {
            return new Case(template, List.of(arguments), text);
        }
    }

    static List<Case> cases() {
        return List.of(
                Case.of("Hello {{name}}\n", "Hello Test\n", "--name", "Test"),
                Case.of("{{a}}|{{{a}}}", "&lt;&amp;&quot;&#x27;&#x60;&gt;|<&\"'`>", "--a", "<&\"'`>"),
                Case.of(
                        "{{#each addresses}}server {{host}} {{ip}}:{{port}}\n{{/each}}",
                        "server a 10.0.0.1:80\nserver b 10.0.0.2:81\n",
                        "--addresses",
                        "[{\"host\":\"a\",\"ip\":\"10.0.0.1\",\"port\":80},{\"host\":\"b\",\"ip\":\"10.0.0.2\",\"port\":81}]"),
                Case.of("{{a.b}} {{a.c.d}}", "1 x", "--a.b", "1", "--a.c.d=x"),
                Case.of("{{#each l}}[{{this}}]{{/each}}{{l}}", "[x][y]x,y", "--l", "x", "--l", "y"),
                Case.of("{{#if on}}on{{else}}off{{/if}} {{#if no}}on{{else}}off{{/if}}", "on off", "--on", "--no-no"),
                Case.of(
                        "{{v}} {{w}} {{x}} {{y}}",
                        "1.1 7 16 text=more",
                        "--v",
                        "1.10",
                        "--w",
                        "007",
                        "--x=0x10",
                        "--y=text=more"),
                Case.of("{{a}}{{b}}{{missing}}.", "truex.", "-a", "-b", "x"),
                Case.of("{{n}} {{p}}", "true true", "-n5", "-p"),
                Case.of("{{#with o}}{{k}}{{/with}}{{#unless no}}-{{/unless}}", "v-", "--o", "{\"k\":\"v\"}"),
                Case.of("{{a}}{{#if a}}1{{/if}}", "", "--a", "false"),
                Case.of("{{a}}{{#if a}}1{{/if}}", "0", "--a", "0"),
                Case.of("[{{a}}]", "[]", "--a", "null"),
                Case.of("[{{a}}][{{b}}]", "[0][=c]", "--a", "", "-b=c"),
                Case.of(
                        "{{#each l}}\n {{#if this}}\n {{this}}\n {{/if}}\n{{/each}}",
                        "\n \n 1\n \n\n \n 2\n \n",
                        "--l",
                        "[1,2]"),
                Case.of("{{! comment }}  {{#if a}}\n  x\n  {{/if}}\ny\n", "  \n  x\n  \ny\n", "--a"),
                Case.of("{{{include '" + absolute("greeting") + "' this}}}", "Hello Test<>\n", "--name", "Test"),
                Case.of(
                        "{{#each l}}{{{include 'target/handlebars-face/host' this}}}{{/each}}",
                        "[a][b]",
                        "--l",
                        "[{\"host\":\"a\"},{\"host\":\"b\"}]"),
                Case.of("{{include \"" + INCLUDED + "/host\" this}}", "[&amp;lt;b&amp;gt;]", "--host", "<b>"),
                Case.of("{{{include '" + INCLUDED + "/greeting' nobody}}}", "Hello Test<>\n", "--name", "Test"),
                Case.of("{{{include '" + INCLUDED + "/greeting' x=1}}}", "Hello <1>\n", "--name", "Test"),
                Case.of("{{{include file this}}}", "[a]", "--file", INCLUDED + "/host", "--host", "a"),
                Case.of("{{{include '" + absolute("outer") + "' this}}}", "[a]", "--o", "{\"host\":\"a\"}"));
    }

    private static String ours(Case each) {
        var out = new ByteArrayOutputStream();
        var print = new PrintStream(out, true, StandardCharsets.UTF_8);
        int code = HandlebarsFace.run(
                each.arguments,
                new ByteArrayInputStream(each.template.getBytes(StandardCharsets.UTF_8)),
                new Console(print, print, Map.of()));
        assertThat(code).isZero();
        return out.toString(StandardCharsets.UTF_8);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_command_line_becomes_values(Case each) {
        assertThat(ours(each)).isEqualTo(each.text);
    }

    @ParameterizedTest
    @MethodSource("cases")
    void the_original_prints_the_same(Case each) throws Exception {
        assumeTrue(Files.exists(ORIGINAL), "handlebars-cmd is not installed; ./verify installs it");
        var command = new ArrayList<>(List.of("node", ORIGINAL.toString()));
        command.addAll(each.arguments);
        Process process = new ProcessBuilder(command)
                .redirectError(ProcessBuilder.Redirect.DISCARD)
                .start();
        process.getOutputStream().write(each.template.getBytes(StandardCharsets.UTF_8));
        process.getOutputStream().close();
        String original = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();

        assertThat(original).isEqualTo(each.text);
    }

    /** Nodes choose values, and what lies in a folder of theirs. */
    @ParameterizedTest
    @ValueSource(
            strings = {"/etc/passwd", "../pom.xml", "target/handlebars-face/hostile", "target/handlebars-face/none"})
    void a_value_names_no_file_outside_of_the_current_folder(String file) {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        int code = HandlebarsFace.run(
                List.of("--file", file),
                new ByteArrayInputStream("{{{include file this}}}".getBytes(StandardCharsets.UTF_8)),
                new Console(new PrintStream(out), new PrintStream(error), Map.of()));

        assertThat(code).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(error.toString(StandardCharsets.UTF_8))
                .startsWith("handlebars: include: ")
                .containsAnyOf("leads out of", "there is no such file");
    }

    @Test
    void a_bad_template_is_an_error_on_the_error_stream() {
        var out = new ByteArrayOutputStream();
        var error = new ByteArrayOutputStream();
        int code = HandlebarsFace.run(
                List.of(),
                new ByteArrayInputStream("{{#each".getBytes(StandardCharsets.UTF_8)),
                new Console(new PrintStream(out), new PrintStream(error), Map.of()));

        assertThat(code).isEqualTo(1);
        assertThat(out.toString(StandardCharsets.UTF_8)).isEmpty();
        assertThat(error.toString(StandardCharsets.UTF_8)).startsWith("handlebars: ");
    }
}
