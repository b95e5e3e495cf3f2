package muster.proof.architecture;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import java.util.List;

/** The rooms as packages, and the program's classes as they stand on the class path. */
final class Rooms {
    static final String GOSSIP = "muster.gossip..";
    static final String BALANCING = "muster.balancing..";

    /** The pure part alone, without the two dots: its only neighbour below is {@link #SUPERVISOR_LINUX}, the edge. */
    static final String SUPERVISOR_PURE = "muster.supervisor";

    static final String SUPERVISOR = "muster.supervisor..";
    static final String SUPERVISOR_LINUX = "muster.supervisor.linux..";
    static final String PROXY = "muster.proxy..";
    static final String TEMPLATING = "muster.templating..";
    static final String HAPROXY = "muster.haproxy..";
    static final String AGENT = "muster.agent..";
    /** A face of the program: it starts the others as processes, and asks them as any client would. */
    static final String DEMO = "muster.demo..";

    static final List<String> ALL = List.of(GOSSIP, BALANCING, TEMPLATING, HAPROXY, SUPERVISOR, PROXY, AGENT, DEMO);

    /** Rooms that see the world through arguments only. */
    static final String[] PURE = {GOSSIP, BALANCING, SUPERVISOR_PURE};

    private Rooms() {}

    /** Every class of the program, tests and planted violations left out. */
    static JavaClasses program() {
        return new ClassFileImporter()
                .withImportOption(ImportOption.Predefined.DO_NOT_INCLUDE_TESTS)
                .importPackages("muster");
    }
}
