package muster.agent.cli;

import java.security.SecureRandom;
import java.util.List;
import muster.agent.configuration.ClusterKey;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.files.Json;
import muster.gossip.wire.Bytes;

/** {@code muster keygen}. */
final class Keygen implements Command {
    private static final int KEY_BYTES = 32;

    @Override
    public String name() {
        return "keygen";
    }

    @Override
    public String summary() {
        return "make an encryption key for -encrypt";
    }

    @Override
    public String wordsHelp() {
        return "";
    }

    @Override
    public String story() {
        return """
                Prints 32 random bytes in base64: the key that every node of an encrypted cluster is started with.

                Example: muster keygen >key; muster agent -encrypt "$(cat key)\"""";
    }

    @Override
    public List<Setting<?>> settings() {
        return List.of(Schema.FORMAT);
    }

    @Override
    public int run(Invocation invocation) {
        invocation.expectNoWords();
        var bytes = new byte[KEY_BYTES];
        new SecureRandom().nextBytes(bytes);
        String key = ClusterKey.encode(Bytes.of(bytes));
        boolean json = invocation.configuration().value(Schema.FORMAT).equals("json");
        invocation
                .console()
                .line(
                        json
                                ? Json.pretty(document -> {
                                    document.writeStartObject();
                                    document.writeStringProperty("key", key);
                                    document.writeEndObject();
                                })
                                : key);
        return OK;
    }
}
