package muster.agent.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import muster.agent.configuration.Configuration;
import muster.agent.configuration.Schema;
import muster.agent.configuration.Setting;
import muster.agent.render.Followers;
import muster.agent.render.Shell;
import muster.agent.render.Targets;
import muster.agent.render.Watch;
import muster.gossip.Member;
import muster.supervisor.linux.FileTrouble;
import muster.templating.BadTemplate;
import muster.templating.Model;
import muster.templating.Rendering;
import muster.templating.Template;
import muster.templating.target.Diff;
import muster.templating.target.Outcome;
import muster.templating.target.Publisher;
import muster.templating.target.Target;

/** {@code muster render}. */
final class RenderCommand extends ClientCommand {
    RenderCommand() {
        super("render", "write files from templates over the members", "[NAME …]", Schema.RENDER, """
                Asks an agent for the members, and writes what the templates make of them: each file beside the old one, then
                its check command, then in its place as a whole, then its apply command; when that fails, the file before is
                put back and applied. Without a NAME, all templates; names are those under 'templates:' of the file of
                settings, or destinations of -template. 'muster agent', 'balance', 'run' and 'init' do the same by themselves
                while they run when they are given templates.

                Example: muster render -template haproxy.cfg.hb:/etc/haproxy/haproxy.cfg -diff
                """);
    }

    @Override
    public int run(Invocation invocation) {
        Configuration configuration = invocation.configuration();
        List<Target> targets = targets(invocation);
        Setting<Boolean> mode = mode(configuration);
        Map<String, String> environment = invocation.console().environment();
        if (mode.equals(Schema.WATCH)) {
            return watch(invocation, targets);
        }
        List<Member> members = AgentClient.call(configuration, "retrieving members", client -> client.members());
        Model model = Followers.model(configuration, members);
        int result = OK;
        for (Target target : targets) {
            try {
                Rendering rendering = Template.read(target.template(), target.syntax(), environment)
                        .render(model);
                rendering
                        .refused()
                        .forEach(sentence -> complain(invocation, target, "a node is left out: " + sentence));
                boolean well = mode.equals(Schema.DRY_RUN)
                        ? show(invocation, target, rendering, targets.size() > 1)
                        : mode.equals(Schema.DIFF)
                                ? same(invocation, target, rendering)
                                : written(invocation, target, rendering, environment);
                result = well ? result : FAILED;
            } catch (BadTemplate e) {
                complain(invocation, target, String.valueOf(e.getMessage()));
                result = FAILED;
            }
        }
        return result;
    }

    private static List<Target> targets(Invocation invocation) {
        List<Target> all = Targets.of(invocation.configuration());
        if (all.isEmpty()) {
            throw new Refusal(
                    "no template is given",
                    "Give one with -template TEMPLATE:DESTINATION, or a file that has some with -config-file");
        }
        for (String name : invocation.words()) {
            if (all.stream().noneMatch(target -> target.name().equals(name))) {
                throw new Refusal("there is no template called '" + name + "'; there are: "
                        + String.join(", ", all.stream().map(Target::name).toList()));
            }
        }
        return invocation.words().isEmpty()
                ? all
                : all.stream()
                        .filter(target -> invocation.words().contains(target.name()))
                        .toList();
    }

    private static Setting<Boolean> mode(Configuration configuration) {
        List<Setting<Boolean>> given = Stream.of(Schema.ONCE, Schema.WATCH, Schema.DRY_RUN, Schema.DIFF)
                .filter(configuration::value)
                .toList();
        if (given.size() > 1) {
            throw new Misuse("-" + given.get(0).flag() + " and -" + given.get(1).flag() + " exclude each other");
        }
        return given.isEmpty() ? Schema.ONCE : given.getFirst();
    }

    private static boolean show(Invocation invocation, Target target, Rendering rendering, boolean several) {
        if (several) {
            invocation.console().line("==> " + target.destination());
        }
        invocation.console().out().print(rendering.text());
        return true;
    }

    private static boolean same(Invocation invocation, Target target, Rendering rendering) {
        String before;
        try {
            before = Files.readString(target.destination());
        } catch (NoSuchFileException e) {
            before = "";
        } catch (IOException e) {
            throw new Refusal(target.destination() + " cannot be read: " + FileTrouble.of(e));
        }
        String diff = Diff.of(target.destination().toString(), before, rendering.text());
        invocation.console().out().print(diff);
        return diff.isEmpty();
    }

    private static boolean written(
            Invocation invocation, Target target, Rendering rendering, Map<String, String> environment) {
        try {
            Outcome outcome = new Publisher(target, new Shell(environment)).publish(rendering.text());
            if (outcome.isFailure()) {
                complain(invocation, target, outcome.words());
            } else {
                invocation.console().line(target.destination() + ": " + outcome.words());
            }
            return !outcome.isFailure();
        } catch (InterruptedException e) {
            throw new IllegalStateException("nobody interrupts the main thread", e);
        }
    }

    private static int watch(Invocation invocation, List<Target> targets) {
        return Watch.run(
                targets,
                invocation.configuration(),
                invocation.console().out(),
                invocation.console().environment(),
                task -> AgentClient.call(invocation.configuration(), "following the members", client -> {
                    task.with(client);
                    return true;
                }));
    }

    private static void complain(Invocation invocation, Target target, String words) {
        words.lines()
                .forEach(line -> invocation
                        .console()
                        .error()
                        .print("muster render: " + (line.startsWith(target.name()) ? "" : target.name() + ": ")
                                + Printable.of(line) + "\n"));
    }
}
