package muster.proof.harness;

import java.util.List;

/** The app of examples/webapp on Node. On a {@link Stage} it records which POSTs it was given. */
public final class WebApp {

    private WebApp() {}

    public static List<String> command(String name, String address, int port) {
        return List.of(
                "node",
                "--require",
                Launcher.root()
                        .resolve("proof/system-tests/src/main/node/record-posts.js")
                        .toString(),
                Launcher.root().resolve("examples/webapp/app.js").toString(),
                "--name=" + name,
                "--host=" + address,
                "--port=" + port);
    }
}
