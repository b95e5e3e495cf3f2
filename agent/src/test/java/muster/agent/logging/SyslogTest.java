package muster.agent.logging;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import muster.supervisor.linux.NotifySocket;
import org.junit.jupiter.api.Test;

class SyslogTest {
    private static List<String> heard(NotifySocket socket, String about) {
        var all = new ArrayList<String>();
        await().until(() -> {
            for (String text = socket.receive(); !text.isEmpty(); text = socket.receive()) {
                if (text.contains(about)) {
                    all.add(text);
                }
            }
            return all.stream().anyMatch(line -> line.contains("the last"));
        });
        return all;
    }

    @Test
    void lines_go_to_syslog_with_serfs_priorities() throws Exception {
        try (NotifySocket receiver = NotifySocket.open();
                Syslog syslog = Syslog.start(receiver.address(), Syslog.facility("local0"), "muster")) {
            Log.line(LogLevel.INFO, "test-of-syslog: Grüße ] x");
            Log.line(LogLevel.WARN, "test-of-syslog: two");
            Log.line(LogLevel.DEBUG, "test-of-syslog: below the level of the log");
            Log.line(LogLevel.ERR, "test-of-syslog: the last");
            String head = "[A-Z][a-z]{2} [ 1-3]\\d \\d\\d:\\d\\d:\\d\\d muster\\["
                    + ProcessHandle.current().pid() + "]: test-of-syslog: ";
            List<String> heard = heard(receiver, "test-of-syslog");
            assertThat(heard).hasSize(3);
            assertThat(heard.get(0)).matches("<133>" + head + "Grüße ] x");
            assertThat(heard.get(1)).matches("<132>" + head + "two");
            assertThat(heard.get(2)).matches("<131>" + head + "the last");
            assertThat(syslog.lost()).isZero();
        }
    }

    @Test
    void what_a_receiver_that_went_away_does_not_take_is_counted_and_nobody_waits() throws Exception {
        NotifySocket receiver = NotifySocket.open();
        try (Syslog syslog = Syslog.start(receiver.address(), 16, "muster")) {
            receiver.close();
            await().until(() -> {
                Log.line(LogLevel.INFO, "test-of-loss: one of many");
                return syslog.lost() > 0;
            });
        }
    }

    @Test
    void where_nobody_listens_there_is_no_syslog() {
        assertThatThrownBy(() -> Syslog.start("/nowhere/log", 16, "muster")).isInstanceOf(IOException.class);
        assertThatThrownBy(() -> Syslog.facility("LOCAL8")).hasMessageContaining("LOCAL0 to LOCAL7");
        assertThatThrownBy(() -> Syslog.facility("")).hasMessageContaining("no syslog facility");
        assertThat(Syslog.facility("DAEMON")).isEqualTo(3);
        assertThat(Syslog.facility("Local7")).isEqualTo(23);
    }
}
