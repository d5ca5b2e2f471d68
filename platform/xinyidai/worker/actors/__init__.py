"""One module per domain: each handler reloads what the job names, and calls one service."""

from xinyidai.worker.actors import credit as credit
from xinyidai.worker.actors import leads as leads
from xinyidai.worker.actors import lending as lending
from xinyidai.worker.actors import repair as repair
from xinyidai.worker.actors import webhooks as webhooks
