import { useId } from 'react';

/** The harbour behind the start page: hills, a lamp, and its light on the water. */
export function NightWater() {
  const glow = useId();
  const ripples = Array.from({ length: 13 }, (_, i) => {
    const y = 14 + i * (9 + i * 1.5);
    const half = 16 + ((i * 37) % 29) + i * 5;
    const shift = ((i * 53) % 23) - 11;
    return <rect key={i} x={-half + shift} y={y} width={half * 2} height={2.2 + i * 0.25} rx="2" opacity={0.75 - i * 0.048} />;
  });
  return (
    <svg className="night-water" viewBox="0 0 1440 620" preserveAspectRatio="xMidYMax slice" aria-hidden="true" focusable="false">
      <radialGradient id={glow}>
        <stop offset="0" stopOpacity="0.55" />
        <stop offset="0.3" stopOpacity="0.16" />
        <stop offset="1" stopOpacity="0" />
      </radialGradient>
      <path className="hill-far" d="M0 330C130 268 250 292 360 300S560 236 700 262s230 34 340 10 270-34 400 18V420H0z" />
      <path className="hill-near" d="M820 420C930 384 985 346 1060 338s120 22 190 22 130-26 190-36v96z" />
      <rect className="sea" y="400" width="1440" height="220" />
      <circle cx="1062" cy="276" r="330" fill={`url(#${glow})`} />
      <g className="lighthouse">
        <path d="M1053 344l3-58h12l3 58z" />
        <path d="M1052 286h20v-4h-20zM1055 268l7-7 7 7z" />
        <rect className="lamp-room" x="1056" y="268" width="12" height="14" />
      </g>
      <g className="ripples" transform="translate(1062 400)">
        {ripples}
      </g>
    </svg>
  );
}
