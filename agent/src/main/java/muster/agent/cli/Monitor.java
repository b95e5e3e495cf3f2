package muster.agent.cli;

import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import muster.agent.Signals;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.files.Json;

/** {@code muster monitor}. */
final class Monitor extends ClientCommand {
    private static final Pattern LINE =
            Pattern.compile("\\s*(\\d{4}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d) \\[(\\w+)] (.*)", Pattern.DOTALL);

    Monitor() {
        super("monitor", "follow the agent's log", "", List.of(Schema.LOG_LEVEL, Schema.FORMAT), """
                Prints the agent's latest log lines and then every further one, at any level, until interrupted.
                With -format=json each line is an object of its own.

                Example: muster monitor -log-level debug
                """);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        String level = invocation.configuration().value(Schema.LOG_LEVEL);
        Console console = invocation.console();
        if (invocation.face() == Face.SERF && !json) {
            return asSerf(invocation.configuration(), level, console);
        }
        AgentClient.call(invocation.configuration(), "starting monitor", client -> {
            client.monitor(level, line -> console.line(json ? json(line) : line));
            return true;
        });
        return OK;
    }

    /** Serf's shows events too, takes INT for a good end and that of the agent for a bad one. */
    private static int asSerf(Configuration configuration, String level, Console console) {
        AgentClient.call(configuration, "starting stream", client -> {
            Signals.interruptedIsDone();
            client.watch(level, console::line, facts -> {
                console.line("Event Info:");
                facts.forEach(fact -> console.line("\t" + Printable.of(fact)));
            });
            return true;
        });
        console.line("""

                Remote side ended the monitor! This usually means that the
                remote side has exited or crashed.""");
        return FAILED;
    }

    /** Time and level apart, where the line has them: Serf's agents write them as ours do. */
    private static String json(String line) {
        Matcher parts = LINE.matcher(line);
        boolean known = parts.matches();
        return Json.compact(json -> {
            json.writeStartObject();
            if (known) {
                json.writeStringProperty("time", parts.group(1));
                json.writeStringProperty("level", parts.group(2));
            }
            json.writeStringProperty("message", known ? parts.group(3) : line);
            json.writeEndObject();
        });
    }
}
