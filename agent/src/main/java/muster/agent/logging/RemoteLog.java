package muster.agent.logging;

import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import muster.supervisor.Logging;
import muster.supervisor.logs.SyslogSink;

/**
 * The log once more, for a syslog receiver somewhere else, as the output of services: RFC 5424, not waited for, and told how many lines were lost
 * while it was away.
 */
public final class RemoteLog {
    private static final String PROGRAM = "muster";

    /** What is on its way when the program ends. */
    private static final Duration SENT_WITHIN = Duration.ofSeconds(1);

    private RemoteLog() {}

    /** From now on until the log is flushed for good every line goes there too, those of the ring first. */
    public static void begin(Logging.Transport receiver, int facility) {
        var sink = new SyslogSink(PROGRAM, new Logging.Sink.Syslog(receiver, facility));
        Log.copyTo(line -> sink.write(
                Instant.now(),
                line.level().syslogSeverity(),
                List.of(line.words().getBytes(StandardCharsets.UTF_8))));
        Log.atEnd(() -> sink.close(SENT_WITHIN));
    }
}
