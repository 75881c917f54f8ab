import java.nio.file.Path;
import java.util.List;
import ENGINE.common.settings.Settings;
import ENGINE.env.Environment;
import ENGINE.http.HttpServerTransport;
import ENGINE.node.Node;

/**
 * Runs one node in this process until its stdin ends, so that it never outlives whoever started it.
 * ENGINE is replaced by the package of the engine before this is compiled. Arguments are settings, key=value.
 */
public class Starter extends Node {
    Starter(Environment environment) {
        super(environment, List.of(), false);
    }

    /** Abstract in 6.x, gone later. */
    protected void registerDerivedNodeNameWithLogger(String name) {
    }

    public static void main(String[] args) throws Exception {
        Settings.Builder builder = Settings.builder();
        for (String arg : args) {
            String[] pair = arg.split("=", 2);
            builder.put(pair[0], pair[1]);
        }
        Settings settings = builder.build();
        Path config = Path.of(settings.get("path.data")).resolveSibling("config");
        Node node = new Starter(new Environment(settings, config)).start();
        var http = node.injector().getInstance(HttpServerTransport.class);
        System.out.println("port " + http.boundAddress().publishAddress().getPort());
        System.out.flush();
        while (System.in.read() >= 0) {
            // Nothing is said to us; we only wait for the end.
        }
        node.close();
        System.exit(0);
    }
}
