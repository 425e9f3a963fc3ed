/** `holdfast completion`: the script that makes a shell complete verbs, options and source names. */
import { z } from 'zod';
import { defineCommand } from '../command.ts';
import { printed } from '../completion/printed.ts';

export const completion = defineCommand({
  description:
    'Prints a script that makes the shell complete commands, options and the names of your sources.',
  arguments: [{ name: '<shell>', description: 'bash, zsh or fish' }],
  examples: [
    { line: 'source <(holdfast completion bash)', does: 'In ~/.bashrc' },
    { line: 'holdfast completion zsh > ~/.zsh/completions/_holdfast', does: 'For zsh' },
    {
      line: 'holdfast completion fish > ~/.config/fish/completions/holdfast.fish',
      does: 'For fish',
    },
  ],
  input: z.object({ shell: z.enum(['bash', 'zsh', 'fish'], 'expected bash, zsh or fish') }),
  result: z.object({ shell: z.string(), script: z.string() }),
  run: async ({ shell }) => {
    const { script } = await import('@bomb.sh/tab');
    const text =
      shell === 'bash' ? bashScript : printed(() => script(shell, 'holdfast', 'holdfast'));
    return { result: { shell, script: text } };
  },
  render: ({ script }) => script,
});

/** The library's own needs the package bash-completion, and evaluates what is typed. */
const bashScript = `_holdfast() {
  local IFS=$'\\n' cur=\${COMP_WORDS[COMP_CWORD]} words
  words=$(holdfast complete -- "\${COMP_WORDS[@]:1:COMP_CWORD}" 2>/dev/null | grep -v '^:' | cut -f1)
  COMPREPLY=($(compgen -W "$words" -- "$cur"))
}
complete -o default -F _holdfast holdfast
`;
