package muster.supervisor.linux;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AccountsTest {
    @TempDir
    Path etc;

    @Test
    void a_byte_that_is_no_utf_8_in_the_tables_hides_no_account() throws Exception {
        var passwd = new ByteArrayOutputStream();
        passwd.writeBytes("old:x:7:7:M".getBytes(StandardCharsets.US_ASCII));
        passwd.write(0xfc); // ü in ISO 8859-1
        passwd.writeBytes("ller:/:/bin/sh\nweb:x:8:9::/:/bin/sh\n".getBytes(StandardCharsets.US_ASCII));
        Files.write(etc.resolve("passwd"), passwd.toByteArray());
        var group = new ByteArrayOutputStream();
        group.write(0xfc);
        group.writeBytes(":x:10:web\n".getBytes(StandardCharsets.US_ASCII));
        Files.write(etc.resolve("group"), group.toByteArray());

        assertThat(Accounts.find("web", "", etc)).isEqualTo(new Accounts.Identity(8, 9, List.of(10L)));
        assertThat(Accounts.find("old", "10", etc)).isEqualTo(new Accounts.Identity(7, 10, List.of()));
    }

    @Test
    void a_name_in_utf_8_is_found() throws Exception {
        Files.writeString(etc.resolve("passwd"), "müller:x:7:7::/:/bin/sh\n");
        Files.writeString(etc.resolve("group"), "prüfer:x:8:müller\n");

        assertThat(Accounts.find("müller", "", etc)).isEqualTo(new Accounts.Identity(7, 7, List.of(8L)));
        assertThat(Accounts.find("müller", "prüfer", etc)).isEqualTo(new Accounts.Identity(7, 8, List.of()));
    }
}
