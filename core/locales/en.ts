/** All messages in English, by area. */
import certificate from './en/certificate.json' with { type: 'json' };
import cli from './en/cli.json' with { type: 'json' };
import common from './en/common.json' with { type: 'json' };
import compare from './en/compare.json' with { type: 'json' };
import components from './en/components.json' with { type: 'json' };
import demo from './en/demo.json' with { type: 'json' };
import configure from './en/configure.json' with { type: 'json' };
import deploy from './en/deploy.json' with { type: 'json' };
import drawing from './en/drawing.json' with { type: 'json' };
import files from './en/files.json' with { type: 'json' };
import gateway from './en/gateway.json' with { type: 'json' };
import handover from './en/handover.json' with { type: 'json' };
import infrastructure from './en/infrastructure.json' with { type: 'json' };
import manual from './en/manual.json' with { type: 'json' };
import media from './en/media.json' with { type: 'json' };
import plan from './en/plan.json' with { type: 'json' };
import rotate from './en/rotate.json' with { type: 'json' };
import rules from './en/rules.json' with { type: 'json' };
import secrets from './en/secrets.json' with { type: 'json' };
import site from './en/site.json' with { type: 'json' };
import smtp from './en/smtp.json' with { type: 'json' };
import ssh from './en/ssh.json' with { type: 'json' };
import steps from './en/steps.json' with { type: 'json' };
import storage from './en/storage.json' with { type: 'json' };
import summary from './en/summary.json' with { type: 'json' };
import vsphere from './en/vsphere.json' with { type: 'json' };
import wizard from './en/wizard.json' with { type: 'json' };
import worksheet from './en/worksheet.json' with { type: 'json' };

export const areas = {
  certificate,
  cli,
  common,
  compare,
  components,
  demo,
  configure,
  deploy,
  drawing,
  files,
  gateway,
  handover,
  infrastructure,
  manual,
  media,
  plan,
  rotate,
  rules,
  secrets,
  site,
  smtp,
  ssh,
  steps,
  storage,
  summary,
  vsphere,
  wizard,
  worksheet,
};
