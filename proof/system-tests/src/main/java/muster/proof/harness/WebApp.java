package muster.proof.harness;

import java.util.List;

/** The app of examples/webapp on Node. */
public final class WebApp {

    private WebApp() {}

    public static List<String> command(String name, String address, int port) {
        return List.of(
                "node",
                Launcher.root().resolve("examples/webapp/app.js").toString(),
                "--name=" + name,
                "--host=" + address,
                "--port=" + port);
    }
}
