package muster.gossip;

import static org.assertj.core.api.Assertions.assertThat;

import muster.gossip.wire.Bytes;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class AddressTest {
    /** The cases of RFC 5952, sections 4 and 5, and what real Serf prints. */
    @ParameterizedTest
    @CsvSource({
        "7f000001, 127.0.0.1:7946",
        "00000000000000000000ffff0a000001, 10.0.0.1:7946",
        "00000000000000000000000000000000, [::]:7946",
        "00000000000000000000000000000001, [::1]:7946",
        "20010db8000000000000000000000001, [2001:db8::1]:7946",
        "20010db8000000010001000100010001, [2001:db8:0:1:1:1:1:1]:7946",
        "20010000000000010000000000000001, [2001:0:0:1::1]:7946",
        "20010db8000000000001000000000001, [2001:db8::1:0:0:1]:7946",
        "00010002000300040005000600000000, [1:2:3:4:5:6::]:7946",
        "00010002000300040005000600070000, [1:2:3:4:5:6:7:0]:7946",
        "00000002000300040005000600070008, [0:2:3:4:5:6:7:8]:7946",
        "00000000000300040005000600070008, [::3:4:5:6:7:8]:7946",
        "fe80000000000000021122fffe334455, [fe80::211:22ff:fe33:4455]:7946"
    })
    void an_address_is_shown_in_its_short_form(String bytes, String shown) {
        assertThat(new Address(Bytes.hex(bytes), 7946)).hasToString(shown);
    }
}
