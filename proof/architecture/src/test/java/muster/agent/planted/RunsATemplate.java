package muster.agent.planted;

import com.github.jknack.handlebars.Handlebars;
import muster.proof.architecture.Breaks;

@Breaks("only_templating_knows_handlebars")
public final class RunsATemplate {
    Handlebars handlebars = new Handlebars();
}
