"""Every command of ``./xyd``; each module beside this one holds one of them or a group."""

import typer

from xinyidai.cli import check, database, demo, develop, import_, import_credit, score, serve, tokens, users

app = typer.Typer(
    name="xyd",
    help="Xin Yi Dai (信易贷): bring small enterprises and lenders together on public credit data.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode="markdown",
    pretty_exceptions_show_locals=False,
)
app.command("demo")(demo.demo)
app.command("serve")(serve.serve)
app.command("worker")(serve.worker)
app.command("migrate")(database.migrate_command)
app.command("check")(check.check_command)
app.command("score")(score.score_command)
app.command("test", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})(develop.test)
app.command("lint")(develop.lint)
app.command(
    "bench",
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []},
)(develop.bench)
import_.app.command("credit")(import_credit.credit)
app.add_typer(import_.app, name="import")
app.add_typer(users.app, name="user")
app.add_typer(tokens.app, name="token")
