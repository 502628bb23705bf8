(()=>{
const NS='http://www.w3.org/2000/svg',tip=document.getElementById('tip'),all=[];
const make=(name,to,set)=>{const e=document.createElementNS(NS,name);for(const k in set)e.setAttribute(k,set[k]);to.append(e);return e};
const tag=(name,text,cls)=>{const e=document.createElement(name);e.textContent=text;if(cls)e.className=cls;return e};
const say=v=>{if(v===null)return 'NaN';const a=Math.abs(v);return a===0?'0':a>=1e5||a<1e-3?v.toExponential(2):a>=1000?v.toFixed(0):a>=10?v.toFixed(2):v.toFixed(4)};
const steps=n=>Math.round(n).toLocaleString('en-US');
class Chart{
constructor(figure){
this.svg=figure.querySelector('svg');this.title=figure.querySelector('strong').textContent;
this.text=figure.querySelector('script');this.layer=this.svg.querySelector('.h');
this.svg.addEventListener('pointermove',e=>this.move(e));
this.svg.addEventListener('pointerleave',leave);
this.svg.addEventListener('blur',leave);
this.svg.addEventListener('keydown',e=>{
const by={ArrowLeft:-1,ArrowRight:1}[e.key];if(!by)return;e.preventDefault();
const d=this.data;this.at=Math.min(d.end,Math.max(0,(this.at??d.end/2)+by*d.end/100));
const r=this.svg.getBoundingClientRect();this.show(this.at,r.left+this.x(this.at)*r.width/this.svg.viewBox.baseVal.width,r.top+r.height/2,null)});
}
get data(){return this.read??=JSON.parse(this.text.textContent)}
x(step){const[l,,w]=this.data.box;return l+step/this.data.end*w}
y(v){const d=this.data,[,t,,h]=d.box;const p=d.log?Math.log(v/d.low)/Math.log(d.high/d.low):(v-d.low)/(d.high-d.low);return t+(1-Math.min(1,Math.max(0,p)))*h}
move(e){
const r=this.svg.getBoundingClientRect(),k=this.svg.viewBox.baseVal.width/r.width,[l,,w]=this.data.box;
const step=Math.min(1,Math.max(0,((e.clientX-r.left)*k-l)/w))*this.data.end;
this.at=step;this.show(step,e.clientX,e.clientY,(e.clientY-r.top)*k);
}
near(line,step){
const x=line.x;let a=0,b=x.length-1;if(b<0||step>x[b]+this.data.end/60||step<x[0]-this.data.end/60)return -1;
while(a<b){const m=a+b>>1;x[m]<step?a=m+1:b=m}
return a>0&&step-x[a-1]<x[a]-step?a-1:a;
}
show(step,cx,cy,py){
const found=[];
for(const line of this.data.lines){const i=this.near(line,step);if(i>=0)found.push({line,i,step:line.x[i],v:line.y[i]})}
for(const c of all)c.cross(c===this?found:null,step);
if(!found.length){tip.hidden=true;return}
found.sort((a,b)=>(b.v??-Infinity)-(a.v??-Infinity));
let near=null;
if(py!==null)for(const f of found)if(f.v!==null){const d=Math.abs(this.y(f.v)-py);if(!near||d<near.d)near={f,d}}
const box=document.createElement('div');
const from=Math.max(0,Math.min(found.length-14,found.indexOf(near?.f)-7));
for(const f of found.slice(from,from+14)){
const mark=tag('i','');mark.className='c'+f.line.c%12;
const value=tag('span',say(f.v));value.style.textAlign='right';
if(f.line.l){value.append(tag('em',' '+say(f.line.l[f.i])+' to '+say(f.line.u[f.i])+' of '+f.line.k[f.i]))}
const name=tag('span',f.line.n);if(f===near?.f){name.className=value.className='near'}
box.append(mark,name,value);
}
const head=tag('h3',this.title+', step '+steps(near?near.f.step:step));
tip.replaceChildren(head,box);
if(found.length>14)tip.append(tag('em',found.length-14+' more'));
tip.hidden=false;
const w=tip.offsetWidth,h=tip.offsetHeight;
tip.style.left=(cx+18+w>innerWidth?Math.max(4,cx-18-w):cx+18)+'px';
tip.style.top=Math.max(4,Math.min(innerHeight-h-4,cy-h/2))+'px';
}
cross(found,step){
this.layer.replaceChildren();
if(step===null||!this.visible())return;
if(step>this.data.end)return;
const[,t,,h]=this.data.box,x=this.x(step);
make('line',this.layer,{x1:x,x2:x,y1:t,y2:t+h});
for(const f of found??[])if(f.v!==null)make('circle',this.layer,{cx:this.x(f.step),cy:this.y(f.v),r:3.6,class:'c'+f.line.c%12});
}
visible(){const r=this.svg.getBoundingClientRect();return r.height>0&&r.bottom>0&&r.top<innerHeight}
}
const leave=()=>{tip.hidden=true;for(const c of all)c.cross(null,null)};
for(const f of document.querySelectorAll('figure.chart'))all.push(new Chart(f));
let held=null;
const only=r=>{for(const e of document.querySelectorAll('[data-r]'))e.classList.toggle('off',r!==null&&e.dataset.r!==r)};
for(const k of document.querySelectorAll('.key')){
k.addEventListener('pointerenter',()=>only(k.dataset.k));
k.addEventListener('pointerleave',()=>only(held));
k.addEventListener('click',()=>{held=held===k.dataset.k?null:k.dataset.k;only(held);
for(const o of document.querySelectorAll('.key'))o.setAttribute('aria-pressed',o.dataset.k===held)});
}
})();
