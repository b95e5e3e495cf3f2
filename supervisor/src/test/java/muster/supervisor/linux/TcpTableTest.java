package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.StringReader;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;

class TcpTableTest {
    @Test
    void addresses_ports_states_and_inodes_are_read_and_odd_lines_are_passed_over() throws Exception {
        String table = """
                  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
                   0: 0100007F:0BB8 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 77
                   1: 0100007F:0BB8 0100007F:D431 01 00000000:00000000 00:00000000 00000000  1000        0 2 1 0000000000000000

                   short
                   2: B80D0120000000000000000001000000:0050 0:0 0A 0:0 00:0 0 0 0 9 1
                """;
        var rows = new ArrayList<TcpTable.Row>();
        TcpTable.rows(new BufferedReader(new StringReader(table)), rows::add);

        assertThat(rows).hasSize(3);
        assertThat(rows.get(0).localAddress().getHostAddress()).isEqualTo("127.0.0.1");
        assertThat(rows.get(0)).isEqualTo(new TcpTable.Row("0100007F", 3_000, TcpTable.LISTEN, 77));
        assertThat(rows.get(1)).isEqualTo(new TcpTable.Row("0100007F", 3_000, TcpTable.ESTABLISHED, 2));
        assertThat(rows.get(2).localAddress().getHostAddress()).isEqualTo("2001:db8:0:0:0:0:0:1");
    }
}
