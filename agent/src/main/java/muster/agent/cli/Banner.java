package muster.agent.cli;

import muster.agent.Agent;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.LogTarget;
import muster.agent.configuration.Schema;
import muster.agent.logging.Log;
import muster.agent.logging.LogLevel;
import muster.agent.logging.RemoteLog;
import muster.agent.logging.Syslog;
import muster.agent.node.Addresses;

/** The start of a long-running command: the level of the log, and the lines that Serf's agent begins with. */
final class Banner {
    private Banner() {}

    /** What is logged, and where to besides standard output. To be called before anything logs. */
    static void level(Configuration configuration) {
        LogLevel level = LogLevel.named(configuration.value(Schema.LOG_LEVEL));
        Log.level(level == null ? LogLevel.INFO : level);
        if (configuration.isSet(Schema.SYSLOG_ADDRESS)) {
            RemoteLog.begin(
                    LogTarget.receiver(configuration.value(Schema.SYSLOG_ADDRESS)),
                    Syslog.facility(configuration.value(Schema.SYSLOG_FACILITY)));
        }
    }

    /** {@code more}: lines of the command's own, as label and value in turn. */
    static void print(Console console, Face face, Configuration configuration, Agent agent, String... more) {
        console.line("==> " + face.title() + " agent running!");
        fact(console, "Node name", "'" + agent.node().self().name() + "'");
        fact(console, "Bind addr", "'" + Addresses.of(agent.node().bound()) + "'");
        if (face != Face.SERF) {
            fact(console, "Advertise addr", "'" + agent.node().advertised() + "'");
        } else if (configuration.isSet(Schema.ADVERTISE)) {
            console.line("    Advertise addr: '" + agent.node().advertised() + "'"); // Serf has it out of line
        }
        fact(console, "RPC addr", "'" + Addresses.of(agent.rpcAddress()) + "'");
        fact(
                console,
                "Encrypted",
                Boolean.toString(!configuration.value(Schema.ENCRYPT).isEmpty()
                        || !configuration.value(Schema.KEYRING_FILE).isEmpty()));
        fact(
                console,
                "Snapshot",
                Boolean.toString(!configuration.value(Schema.SNAPSHOT).isEmpty()));
        fact(console, "Profile", configuration.value(Schema.PROFILE));
        fact(
                console,
                "Message Compression Enabled",
                Boolean.toString(!configuration.value(Schema.DISABLE_COMPRESSION)));
        if (configuration.isSet(Schema.DISCOVER)) {
            fact(console, "mDNS cluster", configuration.value(Schema.DISCOVER));
        }
        for (int i = 0; i < more.length; i += 2) {
            fact(console, more[i], more[i + 1]);
        }
    }

    static void logFollows(Console console) {
        console.line("");
        console.line("==> Log data will now stream in as it occurs:");
        console.line("");
        Log.start(console.out());
    }

    private static void fact(Console console, String label, String value) {
        console.line(" ".repeat(Math.max(0, 31 - label.length())) + label + ": " + value);
    }
}
