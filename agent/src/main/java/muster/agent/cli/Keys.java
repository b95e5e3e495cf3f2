package muster.agent.cli;

import java.util.List;
import java.util.Map;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Endpoint;
import muster.agent.configuration.Kind;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.agent.rpc.KeyAnswer;

/** {@code muster keys}: the encryption keys of all members. */
final class Keys extends ClientCommand {
    private static final Setting<String> INSTALL =
            Setting.of("install", Kind.text("KEY"), "", "add a key: from then on all can read what it encrypts");
    private static final Setting<String> USE =
            Setting.of("use", Kind.text("KEY"), "", "encrypt with this key, which all must have already");
    private static final Setting<String> REMOVE =
            Setting.of("remove", Kind.text("KEY"), "", "forget a key that nobody encrypts with any more");
    private static final Setting<Boolean> LIST =
            Setting.of("list", Kind.SWITCH, false, "list the keys, and on how many members each is");

    private enum Change {
        INSTALL(
                "install-key",
                "Installing key on all members...",
                "Error installing key",
                "Successfully installed key!"),
        USE(
                "use-key",
                "Changing primary key on all members...",
                "Error changing primary key",
                "Successfully changed primary key!"),
        REMOVE("remove-key", "Removing key on all members...", "Error removing key", "Successfully removed key!");

        private final String command;
        private final String doing;
        private final String failed;
        private final String done;

        Change(String command, String doing, String failed, String done) {
            this.command = command;
            this.doing = doing;
            this.failed = failed;
            this.done = done;
        }
    }

    Keys() {
        super(
                "keys",
                "change the encryption keys of all members",
                "",
                List.of(INSTALL, USE, REMOVE, LIST, Schema.FORMAT),
                """
                Rotates keys without a lost packet: install the new key, use it, then remove the old one. Each step is
                done by all members; it fails, with exit code 1, when one of them does not answer or refuses.

                Example: muster keys -install "$(muster keygen)" && muster keys -list
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        Configuration configuration = invocation.configuration();
        int wanted = configuration.value(LIST) ? 1 : 0;
        for (Setting<String> each : List.of(INSTALL, USE, REMOVE)) {
            wanted += configuration.value(each).isEmpty() ? 0 : 1;
        }
        if (wanted > 1) {
            throw new Refusal("Only one of -install, -use, -remove, or -list allowed");
        }
        if (configuration.value(LIST)) {
            return list(invocation);
        }
        if (!configuration.value(INSTALL).isEmpty()) {
            return change(invocation, Change.INSTALL, configuration.value(INSTALL));
        }
        if (!configuration.value(USE).isEmpty()) {
            return change(invocation, Change.USE, configuration.value(USE));
        }
        if (!configuration.value(REMOVE).isEmpty()) {
            return change(invocation, Change.REMOVE, configuration.value(REMOVE));
        }
        throw Misuse.saidByHelpAlone("One of -install, -use, -remove or -list is needed.");
    }

    private static int list(Invocation invocation) {
        Console console = invocation.console();
        boolean json = wantsJson(invocation);
        KeyAnswer answer = AgentClient.call(invocation.configuration(), "listing keys", client -> {
            say(console, json, "==> Asking all members for installed keys...");
            return client.listKeys();
        });
        if (!answer.error().isEmpty()) {
            throw failure(invocation, answer, "Failed to gather member keys");
        }
        if (json) {
            console.line(json(answer));
            return OK;
        }
        console.line("==> Keys gathered, listing cluster keys...");
        console.line("");
        var table = new Table();
        answer.keys()
                .forEach((key, members) -> table.row(Printable.of(key), "[" + members + "/" + answer.nodes() + "]"));
        table.lines().forEach(console::line);
        return OK;
    }

    private static int change(Invocation invocation, Change change, String key) {
        Console console = invocation.console();
        boolean json = wantsJson(invocation);
        KeyAnswer answer = AgentClient.call(invocation.configuration(), "changing keys", client -> {
            say(console, json, "==> " + change.doing);
            return client.changeKeys(change.command, key);
        });
        if (!answer.error().isEmpty()) {
            throw failure(invocation, answer, change.failed);
        }
        console.line(json ? json(answer) : "==> " + change.done);
        return OK;
    }

    private static boolean wantsJson(Invocation invocation) {
        return invocation.configuration().value(Schema.FORMAT).equals("json");
    }

    private static void say(Console console, boolean json, String line) {
        if (!json) {
            console.line(line);
        }
    }

    private static String json(KeyAnswer answer) {
        return Json.pretty(json -> {
            json.writeStartObject();
            json.writeNumberProperty("members", answer.nodes());
            json.writeObjectPropertyStart("keys");
            answer.keys().forEach(json::writeNumberProperty);
            json.writeEndObject();
            Json.texts(json, "failed", answer.error().isEmpty() ? Map.of() : answer.messages());
            json.writeEndObject();
        });
    }

    private static Refusal failure(Invocation invocation, KeyAnswer answer, String what) {
        Console console = invocation.console();
        if (wantsJson(invocation)) {
            console.line(json(answer));
        } else {
            var table = new Table();
            answer.messages()
                    .forEach((member, message) -> table.row("failed:", Printable.of(member), Printable.of(message)));
            table.lines().forEach(console::line);
            console.line("");
        }
        Endpoint address = invocation.configuration().value(Schema.RPC_ADDR);
        return new Refusal(what + ": " + answer.error(), AgentClient.remedy(answer.error(), address));
    }
}
